#include "e2e/obedient_pods.h"

#include <algorithm>
#include <chrono>
#include <iostream>

#include "api/assignment.h"
#include "kube/micro_time.h"
#include "kube/object_store.h"

namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::string at(const json& object, const char* pointer) {
  const json::json_pointer where(pointer);
  return object.contains(where) && object.at(where).is_string() ? object.at(where).get<std::string>() : "";
}

/// Tests stop and kill the server; anything else that fails is worth a line in the test's output.
void complain(const Result<json>& answer) {
  if (!answer) std::cerr << "obedient pods: " << answer.error().message() << '\n';
}

}  // namespace

ObedientPods::ObedientPods(kube::ApiClient& client)
    : client_(client), thread_([this](const std::stop_token& stop) { run(stop); }) {}

ObedientPods::~ObedientPods() = default;

void ObedientPods::silence(const std::string& pod) {
  const std::lock_guard lock(mutex_);
  silent_.insert(pod);
}

void ObedientPods::wake(const std::string& pod) {
  const std::lock_guard lock(mutex_);
  silent_.erase(pod);
}

void ObedientPods::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    kube::HttpRequest list;
    list.target = "/api/v1/pods?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dmkb-operator";
    list.timeout = 2s;
    const auto answer = client_.transport().send(list, stop);
    if (!answer && !stop.stop_requested()) std::cerr << "obedient pods: " << answer.error().message() << '\n';
    if (answer && answer->status == 200) {
      const json pods = json::parse(answer->body);
      for (const json& pod : pods["items"]) act(pod);
    }
    std::this_thread::sleep_for(20ms);
  }
}

void ObedientPods::act(const json& pod) {
  const std::string name_space = at(pod, "/metadata/namespace");
  const std::string name = at(pod, "/metadata/name");
  if (pod["metadata"].contains("deletionTimestamp")) {
    kube::HttpRequest remove;
    remove.method = "DELETE";
    remove.target = kube::kPods.object(name_space, name);
    remove.content_type = "application/json";
    remove.body = R"({"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0})";
    (void)client_.transport().send(remove, {});
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (silent_.contains(name_space + "/" + name)) return;
  }
  if (at(pod, "/status/phase") != "Running") {
    const json status{
        {"status",
         {{"phase", "Running"},
          {"startTime", "2026-01-01T00:00:00Z"},
          {"conditions",
           {{{"type", "Ready"}, {"status", "True"}, {"lastTransitionTime", "2026-01-01T00:00:00Z"}}}}}}};
    complain(client_.merge_patch(kube::kPods, name_space, name, status, "status"));
  }
  const auto assignment = client_.get(kube::kConfigMaps, name_space, name);
  const std::string bridge = at(pod, "/metadata/labels/app.kubernetes.io~1instance");
  const auto routes = client_.get(kube::kConfigMaps, name_space, "mkb-" + bridge + "-routes");
  if (!assignment || !routes) {
    complain(assignment ? routes : assignment);
    return;
  }
  const json in_use = json::parse(at(*routes, "/data/bridge.yaml"), nullptr, false);
  // As a real pod, it goes on with what it has; its next report can wait until the operator has put that
  // right.
  if (!in_use.is_object() || !in_use.contains("metadata") || !in_use.contains("spec")) return;
  const json patch = lease_of(pod, *assignment, in_use);
  const std::string said = patch["metadata"].dump();
  const auto now = std::chrono::steady_clock::now();
  auto& [last, when] = renewed_[at(pod, "/metadata/uid")];
  if (said == last && now - when < 2s) return;
  const auto written = client_.merge_patch(kube::kLeases, name_space, name, patch);
  complain(written);
  if (written) {
    last = said;
    when = now;
  }
}

json ObedientPods::lease_of(const json& pod, const json& assignment, const json& in_use) const {
  api::PodReport report;
  const auto told = api::parse_assignment(at(assignment, "/data/assignment.json"));
  if (told) {
    report.epoch = told->epoch;
    for (const auto& each : told->shards) {
      if (each.duty == api::ShardDuty::kOwn) report.held.push_back(each.shard);
      if (each.duty == api::ShardDuty::kEnd && obey_end_) report.ended.push_back(each.shard);
      if (each.duty == api::ShardDuty::kEnd && !obey_end_) report.held.push_back(each.shard);
    }
  }
  report.generation = in_use["metadata"].value("generation", 0);
  for (const json& route : in_use["spec"].value("mqttToKafka", json::array())) {
    api::RouteTotals totals;
    totals.name = route["name"];
    totals.received = totals.delivered = received_;
    report.routes.push_back(totals);
  }
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return {{"metadata", {{"annotations", {{std::string(api::kReportAnnotation), api::to_json(report)}}}}},
          {"spec",
           {{"holderIdentity", at(pod, "/metadata/uid")},
            {"leaseDurationSeconds", 10},
            {"renewTime", kube::micro_time(now.count())}}}};
}

}  // namespace mkb::e2e
