#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "operator/reconcile/bridge_identity.h"
#include "operator/reconcile/children.h"
#include "operator/reconcile/conditions.h"
#include "operator/reconcile/fake_api_server.h"
#include "operator/reconcile/reconciler.h"
#include "operator/reconcile/records.h"
#include "operator/reconcile/sample_spec.h"

namespace mkb::reconcile {

/// One bridge, an API server in memory, the controller of StatefulSets and pods that obey, all by hand.
class RoundFixture : public testing::Test, protected Clock, protected Notes {
 protected:
  RoundFixture() {
    server_.put(kube::kBridges, sample_bridge());
    for (const char* secret : {"broker-login", "broker-ca"}) {
      server_.put(kube::kSecrets, {{"metadata", {{"name", secret}}}, {"data", {{"password", "c2VjcmV0"}}}});
    }
    client_.set_sleep([](std::chrono::milliseconds, const std::stop_token&) { return false; });
  }

  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] std::int64_t unix_millis() const override {
    return 1'800'000'000'000 +
           std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()).count();
  }
  void note(const nlohmann::json&, bool warning, const std::string& reason, const std::string&,
            const std::string& text) override {
    notes_.push_back((warning ? "Warning " : "Normal ") + reason + ": " + text);
  }

  /// What watches would have brought by now.
  void sync() {
    for (const kube::ResourceKind* kind : child_kinds()) caches_.of(*kind).replace(labelled(*kind));
    caches_.of(kube::kPods).replace(labelled(kube::kPods));
    caches_.of(kube::kBridges).replace(server_.list(kube::kBridges));
  }

  std::vector<nlohmann::json> labelled(const kube::ResourceKind& kind) {
    std::vector<nlohmann::json> all;
    for (nlohmann::json& object : server_.list(kind)) {
      const auto labels = object["metadata"].value("labels", nlohmann::json::object());
      if (labels.value("app.kubernetes.io/managed-by", "") == kManagedBy) all.push_back(std::move(object));
    }
    return all;
  }

  RoundOutcome reconcile() {
    sync();
    return reconciler_.reconcile("prod/fleet", {});
  }

  /// The StatefulSet controller: pods that are missing, and none that are too many. OnDelete.
  void run_workload() {
    const auto set = server_.get(kube::kStatefulSets, "mkb-fleet");
    if (!set) return;
    const std::string revision =
        "r" + std::to_string(std::hash<std::string>()((*set)["spec"]["template"].dump()));
    server_.put_status(
        kube::kStatefulSets, "mkb-fleet",
        {{"observedGeneration", (*set)["metadata"]["generation"]}, {"updateRevision", revision}});
    const int replicas = (*set)["spec"]["replicas"];
    for (const auto& pod : server_.list(kube::kPods)) {
      const std::string name = pod["metadata"]["name"];
      if (identity_.ordinal(name) >= replicas) server_.remove(kube::kPods, name);
    }
    for (int ordinal = 0; ordinal < replicas; ++ordinal) {
      if (server_.get(kube::kPods, identity_.pod(ordinal))) continue;
      nlohmann::json labels = identity_.labels();
      labels["controller-revision-hash"] = revision;
      server_.put(
          kube::kPods,
          {{"metadata",
            {{"name", identity_.pod(ordinal)},
             {"labels", labels},
             {"ownerReferences",
              {{{"kind", "StatefulSet"}, {"name", "mkb-fleet"}, {"uid", (*set)["metadata"]["uid"]}}}}}},
           {"status", {{"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}});
    }
  }

  /// Each pod reads its assignment, does as it says and renews its Lease.
  void run_pods(const std::set<int>& silent = {}) {
    for (const auto& pod : server_.list(kube::kPods)) {
      const int ordinal = identity_.ordinal(std::string(pod["metadata"]["name"]));
      if (!silent.contains(ordinal)) run_pod(ordinal, pod["metadata"]["uid"]);
    }
  }

  void run_pod(int ordinal, const std::string& uid) {
    auto lease = server_.get(kube::kLeases, identity_.pod(ordinal));
    const auto config_map = server_.get(kube::kConfigMaps, identity_.pod(ordinal));
    const auto routes = server_.get(kube::kConfigMaps, identity_.routes());
    if (!lease || !config_map || !routes) return;
    api::PodReport report;
    const auto assignment = assignment_of(*config_map).value_or(api::Assignment{});
    report.epoch = assignment.epoch;
    if (!refuse_routes_.contains(ordinal)) {
      report.generation = nlohmann::json::parse(bridge_text_of(*routes))["metadata"]["generation"];
    }
    for (const auto& each : assignment.shards) {
      if (each.duty == api::ShardDuty::kOwn && !unconnected_.contains(ordinal))
        report.held.push_back(each.shard);
      if (each.duty == api::ShardDuty::kEnd && obey_end_) report.ended.push_back(each.shard);
    }
    report.lost = lost_;
    (*lease)["spec"] = {{"holderIdentity", uid},
                        {"leaseDurationSeconds", 10},
                        {"renewTime", "t" + std::to_string(now_.time_since_epoch().count())}};
    (*lease)["metadata"]["annotations"][std::string(api::kReportAnnotation)] = api::to_json(report);
    server_.put(kube::kLeases, *lease);
  }

  /// Until nothing is written any more. False when that never comes.
  bool settle(const std::set<int>& silent = {}) {
    int quiet = 0;
    for (int i = 0; i < 100; ++i) {
      server_.take_writes();
      last_ = reconcile();
      quiet = server_.take_writes().empty() && last_.ok() ? quiet + 1 : 0;
      run_workload();
      run_pods(silent);
      now_ += std::chrono::seconds(1);
      check_owners();
      if (quiet == 3) return true;
    }
    return false;
  }

  /// No shard is owned twice by what is written.
  void check_owners() {
    std::set<int> owned;
    for (const auto& config_map : server_.list(kube::kConfigMaps)) {
      const auto assignment = assignment_of(config_map);
      if (!assignment) continue;
      for (const auto& each : assignment->shards) {
        if (each.duty == api::ShardDuty::kOwn) {
          EXPECT_TRUE(owned.insert(each.shard).second) << each.shard;
        }
      }
    }
  }

  void edit(const std::function<void(nlohmann::json&)>& change) {
    auto bridge = server_.get(kube::kBridges, "fleet");
    change(*bridge);
    server_.put(kube::kBridges, *bridge);
  }

  void delete_bridge() {
    server_.deletion_time = kubernetes_time(unix_millis());
    server_.remove(kube::kBridges, "fleet");
  }

  nlohmann::json status() {
    return server_.get(kube::kBridges, "fleet")->value("status", nlohmann::json::object());
  }

  std::string condition(const std::string& type, const char* member = "status") {
    for (const auto& each : status().value("conditions", nlohmann::json::array())) {
      if (each["type"] == type) return each[member];
    }
    return "";
  }

  std::set<int> owned_by(int ordinal) {
    std::set<int> shards;
    const auto config_map = server_.get(kube::kConfigMaps, identity_.pod(ordinal));
    if (!config_map) return shards;
    for (const auto& each : assignment_of(*config_map).value_or(api::Assignment{}).shards) {
      if (each.duty == api::ShardDuty::kOwn) shards.insert(each.shard);
    }
    return shards;
  }

  FakeApiServer server_;
  kube::ApiClient client_{server_, "mkb-operator"};
  Caches caches_{[](const kube::ResourceKind&, const nlohmann::json&, bool) {}};
  LeaseBook leases_;
  Reconciler reconciler_{client_, caches_, leases_, *this, *this, {"mkb:1", std::chrono::seconds(60)}};
  BridgeIdentity identity_{"fleet", "prod", "u-1"};
  TimePoint now_{std::chrono::seconds(1000)};
  RoundOutcome last_;
  std::vector<std::string> notes_;
  std::set<int> refuse_routes_;  ///< pods that cannot use the routes
  std::set<int> unconnected_;    ///< pods that the MQTT broker does not take
  std::vector<int> lost_;
  bool obey_end_ = true;
};

}  // namespace mkb::reconcile
