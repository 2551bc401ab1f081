#include "cli/top/readings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/pod/pod_lease.h"

namespace mkb::cli {
namespace {

using nlohmann::json;
using testing::SizeIs;

json sample_object() {
  return json::parse(R"({
    "metadata": {"name": "fleet", "namespace": "prod",
                 "managedFields": [{"manager": "kubectl", "time": "2026-11-24T11:00:00Z"},
                                   {"manager": "mkb-operator", "subresource": "status", "time": "2026-11-24T10:00:00Z"}]},
    "spec": {"replicas": 3},
    "status": {"readyReplicas": 2, "shards": {"total": 8, "assigned": 7, "moving": 1},
               "conditions": [{"type": "Ready", "status": "True", "reason": "Serving", "message": "8 shards served"},
                              {"type": "Stalled", "status": "False", "reason": "Accepted", "message": ""},
                              {"type": "Reconciling", "status": "False", "reason": "Done", "message": ""}],
               "routes": [{"name": "telemetry", "direction": "MqttToKafka", "received": 10, "delivered": 9,
                           "filtered": 1, "deadLettered": 2, "dropped": 3, "inFlight": 4, "lastError": "late"},
                          {"name": "commands", "direction": "KafkaToMqtt", "received": 1, "delivered": 1, "lag": 5}]}})");
}

json with_condition(const std::string& type, const std::string& status, const std::string& reason) {
  json bridge = sample_object();
  for (json& each : bridge["status"]["conditions"]) {
    if (each["type"] != type) continue;
    each["status"] = status;
    each["reason"] = reason;
    each["message"] = "because";
  }
  return bridge;
}

TEST(ReadBridgeTest, ReadsTheStatus) {
  const BridgeReading reading = read_bridge(sample_object());
  EXPECT_EQ(reading.name_space + "/" + reading.name, "prod/fleet");
  EXPECT_EQ(reading.wanted, 3);
  EXPECT_EQ(reading.ready, 2);
  EXPECT_EQ(reading.shards, 8);
  EXPECT_EQ(reading.assigned, 7);
  EXPECT_EQ(reading.moving, 1);
  EXPECT_EQ(reading.written_ms, 1'795'514'400'000);
  ASSERT_THAT(reading.routes, SizeIs(2));
  EXPECT_FALSE(reading.routes[0].from_kafka);
  EXPECT_EQ(reading.routes[0].totals, (api::RouteTotals{"telemetry", 10, 9, 1, 2, 3, 4, 0, "late"}));
  EXPECT_TRUE(reading.routes[1].from_kafka);
  EXPECT_EQ(reading.routes[1].totals.lag, 5U);
}

TEST(ReadBridgeTest, NamesThePhaseByTheConditionThatCounts) {
  const auto phase = [](const json& bridge) {
    const BridgeReading reading = read_bridge(bridge);
    return reading.phase + "/" + reading.message;
  };
  EXPECT_EQ(phase(sample_object()), "Ready/8 shards served");
  EXPECT_EQ(phase(with_condition("Reconciling", "True", "Progressing")), "Progressing/because");
  EXPECT_EQ(phase(with_condition("Reconciling", "False", "Paused")), "Paused/because");
  EXPECT_EQ(phase(with_condition("Ready", "False", "PodsNotReady")), "NotReady/because");
  EXPECT_EQ(phase(with_condition("Stalled", "True", "InvalidSpec")), "Stalled/InvalidSpec: because");
  json ending = sample_object();
  ending["metadata"]["deletionTimestamp"] = "2026-11-24T11:00:00Z";
  EXPECT_EQ(phase(ending), "Ending/8 shards served");
  json fresh = sample_object();
  fresh.erase("status");
  EXPECT_EQ(phase(fresh), "New/the operator has not looked at it yet");
}

TEST(ReadBridgeTest, WhateverIsMissingOrMalformedIsNothing) {
  const BridgeReading empty = read_bridge(json::object());
  EXPECT_EQ(empty.wanted, 1);
  EXPECT_FALSE(empty.written_ms);
  json odd = sample_object();
  odd["status"]["shards"] = "many";
  odd["status"]["routes"][0]["received"] = "ten";
  odd["status"]["routes"][1] = 7;
  odd["metadata"]["managedFields"] = json::object();
  const BridgeReading reading = read_bridge(odd);
  EXPECT_EQ(reading.shards, 0);
  EXPECT_EQ(reading.routes[0].totals.received, 0U);
  EXPECT_FALSE(reading.written_ms);
}

// As the data plane writes it.
TEST(ReadPodLeaseTest, ReadsWhatAPodWrites) {
  api::PodReport report;
  report.epoch = 7;
  report.held = {1, 4};
  report.routes = {{"telemetry", 10, 9, 0, 0, 0, 1, 0, ""}};
  const json lease =
      dataplane::pod_lease({"mkb-fleet-2", "prod", "uid-2"}, "fleet", "u-1", report, 1'795'514'400'250);
  const auto reading = read_pod_lease(lease);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->name, "mkb-fleet-2");
  EXPECT_EQ(reading->bridge, "fleet");
  EXPECT_EQ(reading->uid, "uid-2");
  EXPECT_EQ(reading->renewed_ms, 1'795'514'400'250);
  EXPECT_EQ(reading->duration_s, 10);
  EXPECT_EQ(reading->report, report);
}

TEST(ReadPodLeaseTest, LeavesOtherLeasesAlone) {
  const json lease =
      dataplane::pod_lease({"mkb-fleet-2", "prod", "uid-2"}, "fleet", "u-1", {}, 1'795'514'400'250);
  for (const char* pointer : {"/spec/renewTime", "/metadata/annotations", "/metadata/labels"}) {
    json damaged = lease;
    damaged[json::json_pointer(pointer)] = 7;
    EXPECT_FALSE(read_pod_lease(damaged)) << pointer;
  }
  json other = lease;
  other["metadata"]["name"] = "mkb-operator";
  EXPECT_FALSE(read_pod_lease(other));
  EXPECT_FALSE(read_pod_lease(json::object()));
}

}  // namespace
}  // namespace mkb::cli
