#include "e2e/cluster/drill.h"

#include <gtest/gtest.h>

#include <iostream>

#include "e2e/cluster/settled.h"
#include "e2e/cluster/silence.h"
#include "e2e/lab/kafka_admin.h"
#include "e2e/lab/kafka_reader.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/wait.h"

namespace mkb::e2e {

using namespace std::chrono_literals;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto kPoll = 200ms;

}  // namespace

Drill::Drill(Suite& suite, std::string name) : suite_(suite), name_(std::move(name)) {
  json filters = json::array();
  for (int i = 0; i < kVehicles; ++i) filters.push_back(name_ + "/car-" + std::to_string(i) + "/telemetry");
  resource_ = {
      {"apiVersion", "mqttkafka.io/v1alpha1"},
      {"kind", "MqttKafkaBridge"},
      {"metadata", {{"name", name_}, {"namespace", Suite::kNamespace}}},
      {"spec",
       {{"shards", kVehicles},
        {"mqtt", {{"servers", {suite.servers().pod_mqtt_uri()}}, {"receiveMaximum", kReceiveMaximum}}},
        {"kafka", {{"bootstrapServers", {suite.servers().pod_bootstrap()}}}},
        {"mqttToKafka",
         {{{"name", "telemetry"}, {"filters", filters}, {"topic", name_}, {"key", "${topic[1]}"}}}}}}};
}

Drill::~Drill() {
  if (removed_) return;
  try {
    suite_.cluster().try_kubectl({"delete", "mkb", name_, "-n", Suite::kNamespace, "--timeout=60s"});
  } catch (const lab::LabError& error) {
    std::cerr << error.what() << "\n";
  }
}

void Drill::start(int replicas) {
  lab::KafkaAdmin(suite_.servers().bootstrap())
      .create_topic(name_, 4, {{"message.timestamp.type", "LogAppendTime"}});
  resource_["spec"]["replicas"] = replicas;
  apply();
  wait_ready(replicas);
  lab::FleetOptions options;
  options.uri = suite_.servers().mqtt_uri();
  options.vehicles = kVehicles;
  options.topic_root = name_;
  options.messages_per_second = kRate;
  fleet_ = std::make_unique<lab::Fleet>(options);
  started_ = Clock::now();
  fleet_->start();
  flows();
}

void Drill::scale(int replicas) {
  suite_.cluster().kubectl(
      {"scale", "mkb/" + name_, "-n", Suite::kNamespace, "--replicas=" + std::to_string(replicas)});
  resource_["spec"]["replicas"] = replicas;
  wait_ready(replicas);
}

void Drill::wait_ready(int pods, std::chrono::seconds timeout) const {
  lab::wait_until(
      [&] { return is_settled(suite_.cluster().get(kube::kBridges, name_, Suite::kNamespace), pods); },
      timeout, name_ + " to be ready with " + std::to_string(pods) + " pods", kPoll);
}

void Drill::flows(std::int64_t records) const {
  lab::KafkaAdmin admin(suite_.servers().bootstrap());
  const auto before = admin.records(name_);
  lab::wait_until([&] { return admin.records(name_) >= before + records; }, 60s,
                  std::to_string(records) + " more records in " + name_, 50ms);
}

json Drill::get_pod(int ordinal) const {
  return suite_.cluster().get(kube::kPods, pod(ordinal), Suite::kNamespace);
}

std::set<std::string> Drill::pod_uids() const {
  const json list = json::parse(suite_.cluster().kubectl(
      {"get", "pods", "-n", Suite::kNamespace, "-l", "app.kubernetes.io/instance=" + name_, "-o", "json"}));
  std::set<std::string> uids;
  for (const json& each : list["items"]) uids.insert(each["metadata"]["uid"]);
  return uids;
}

int Drill::restarts(int ordinal) const {
  const json object = get_pod(ordinal);
  return object.is_null() ? -1
                          : object.value(json::json_pointer("/status/containerStatuses/0/restartCount"), -1);
}

json Drill::status() const {
  const json object = suite_.cluster().get(kube::kBridges, name_, Suite::kNamespace);
  return object.is_object() && object.contains("status") ? object["status"] : json::object();
}

void Drill::stop_fleet() {
  fleet_->stop();
  published_for_ = Clock::now() - started_;
  fleet_->join();
}

void Drill::settle(const std::string& what, const DrillLimits& limits) {
  if (published_for_.count() == 0) stop_fleet();
  const auto& bootstrap = suite_.servers().bootstrap();
  DrillReport report;
  report.name = what;
  report.limits = limits;
  report.messages_per_second = static_cast<double>(fleet_->sent()) / published_for_.count();
  std::vector<lab::KafkaRecord> records;
  // Duplicates may come before the last message does, so the number of records says little.
  lab::eventually(
      [&] {
        records = lab::read_topic(bootstrap, name_);
        report.totals = fleet_->ledger(records).totals();
        return report.totals.lost == 0;
      },
      60s, 1s);
  const auto silence = longest_silence(records);
  report.silence = silence.longest;
  suite_.enter(report);
  std::cout << to_table({report}) << "  longest silence: " << silence.topic << ", until Unix time "
            << silence.at_ms << " ms\n"
            << std::flush;
  EXPECT_EQ(report.totals.lost, 0u) << testing::PrintToString(report.totals.examples);
  EXPECT_TRUE(report.kept_everything());
  EXPECT_TRUE(report.was_quick_enough()) << silence.topic << " until " << silence.at_ms;
}

void Drill::remove() {
  suite_.cluster().kubectl({"delete", "mkb", name_, "-n", Suite::kNamespace, "--timeout=60s"});
  removed_ = true;
}

}  // namespace mkb::e2e
