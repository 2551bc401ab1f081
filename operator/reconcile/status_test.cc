#include "operator/reconcile/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "operator/reconcile/sample_spec.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class StatusTest : public testing::Test {
 protected:
  PodFacts good_pod(int ordinal) {
    PodFacts pod;
    pod.ordinal = ordinal;
    pod.uid = "p";
    pod.ready = pod.alive = true;
    pod.assignment = api::Assignment{1, {{ordinal, api::ShardDuty::kOwn}}};
    pod.report = api::PodReport{};
    pod.report->generation = 1;
    pod.report->held = {ordinal};
    return pod;
  }

  json status() {
    input_.spec = &spec_;
    input_.unix_ms = 1'764'000'000'000;
    return bridge_status(identity_, input_);
  }

  static json condition(const json& status, const std::string& type) {
    const auto found = std::find_if(status["conditions"].begin(), status["conditions"].end(),
                                    [&type](const json& each) { return each["type"] == type; });
    return found == status["conditions"].end() ? json() : *found;
  }

  json bridge_ = sample_bridge();
  api::BridgeSpec spec_ = spec_of(bridge_);
  BridgeIdentity identity_ = BridgeIdentity::of(bridge_);
  StatusInput input_{bridge_, nullptr, true, {}, {}, {good_pod(0), good_pod(1), good_pod(2)}, 3, 3};
};

TEST_F(StatusTest, OfABridgeThatWorksIsReady) {
  const json all = status();
  EXPECT_EQ(all["observedGeneration"], 1);
  EXPECT_EQ(all["replicas"], 3);
  EXPECT_EQ(all["readyReplicas"], 3);
  EXPECT_EQ(all["shards"], (json{{"total", 3}, {"assigned", 3}, {"moving", 0}}));
  EXPECT_THAT(all["selector"], HasSubstr("app.kubernetes.io/instance=fleet"));
  EXPECT_EQ(condition(all, "Ready")["status"], "True");
  EXPECT_EQ(condition(all, "Ready")["message"], "3 shards served");
  EXPECT_EQ(condition(all, "Reconciling")["status"], "False");
  EXPECT_EQ(condition(all, "Stalled")["status"], "False");
  EXPECT_EQ(condition(all, "SessionLost")["status"], "False");
}

TEST_F(StatusTest, StaysByteForByteWhenNothingChanged) {
  bridge_["status"] = status();
  input_.unix_ms += 1'000'000;
  EXPECT_EQ(status(), bridge_["status"]);
}

TEST_F(StatusTest, NamesThePodThatIsNotReady) {
  input_.pods[1].ready = false;
  EXPECT_EQ(condition(status(), "Ready")["status"], "False");
  EXPECT_EQ(condition(status(), "Ready")["message"], "mkb-fleet-1: not ready");
  EXPECT_EQ(condition(status(), "Reconciling")["status"], "True");
}

TEST_F(StatusTest, DoesNotCallABridgeUnreadyForAPodThatOwnsNothing) {
  input_.pods[1].ready = false;
  input_.pods[1].assignment = api::Assignment{2, {}};
  EXPECT_EQ(condition(status(), "Ready")["status"], "True");
}

TEST_F(StatusTest, StaysReadyWhileShardsMoveAndSaysThatTheyDo) {
  input_.shards_assigned = 2;
  input_.shards_moving = 1;
  const json all = status();
  EXPECT_EQ(condition(all, "Ready")["status"], "True");
  EXPECT_EQ(condition(all, "Reconciling")["status"], "True");
  EXPECT_THAT(condition(all, "Reconciling")["message"], HasSubstr("1 shard moving"));
}

TEST_F(StatusTest, IsNotReadyWithAShardThatNobodyOwns) {
  input_.shards_assigned = 1;
  EXPECT_EQ(condition(status(), "Ready")["status"], "False");
  EXPECT_THAT(condition(status(), "Ready")["message"], HasSubstr("2 shards without an owner"));
}

TEST_F(StatusTest, IsNotReadyUntilThePodsHaveTheRoutes) {
  bridge_["metadata"]["generation"] = 2;
  EXPECT_EQ(condition(status(), "Ready")["status"], "False");
  EXPECT_THAT(condition(status(), "Ready")["message"], HasSubstr("has not taken over the routes yet"));
}

TEST_F(StatusTest, RepeatsWhatAPodComplainsOf) {
  input_.pods[0].report->problem = "mqtts://broker:8883: refused";
  input_.pods[2].problem = "ImagePullBackOff: no such image";
  EXPECT_EQ(condition(status(), "Ready")["message"],
            "mkb-fleet-0: mqtts://broker:8883: refused; mkb-fleet-2: ImagePullBackOff: no such image");
}

TEST_F(StatusTest, OfABadSpecIsStalledWhileTheOldOneServes) {
  input_.stall = Stall{"InvalidSpec", "spec.mqttToKafka[0].filters[0]: no filter"};
  input_.spec_is_current = false;
  bridge_["metadata"]["generation"] = 5;
  const json all = status();
  EXPECT_EQ(all["observedGeneration"], 5);
  EXPECT_EQ(condition(all, "Stalled")["status"], "True");
  EXPECT_EQ(condition(all, "Stalled")["reason"], "InvalidSpec");
  EXPECT_THAT(condition(all, "Stalled")["message"], HasSubstr("spec.mqttToKafka[0].filters[0]"));
  EXPECT_EQ(condition(all, "Ready")["status"], "True");
  EXPECT_THAT(condition(all, "Ready")["message"], HasSubstr("last valid spec"));
}

TEST_F(StatusTest, OfABridgeThatNeverHadAValidSpecSaysWhy) {
  input_.stall = Stall{"InvalidSpec", "spec.kafka: is required"};
  input_.unix_ms = 1;
  const json all = bridge_status(identity_, input_);
  EXPECT_EQ(condition(all, "Ready")["status"], "False");
  EXPECT_EQ(condition(all, "Ready")["message"], "spec.kafka: is required");
  EXPECT_FALSE(all.contains("routes"));
}

TEST_F(StatusTest, ShowsRequestsThatTheServerRefused) {
  input_.failures = {"apply Role prod/mkb-fleet: forbidden"};
  EXPECT_EQ(condition(status(), "Reconciling")["status"], "True");
  EXPECT_THAT(condition(status(), "Reconciling")["message"],
              HasSubstr("apply Role prod/mkb-fleet: forbidden"));
}

TEST_F(StatusTest, SaysThatItIsPausedOrEnding) {
  input_.paused = true;
  EXPECT_EQ(condition(status(), "Reconciling")["reason"], "Paused");
  input_.ending = true;
  EXPECT_EQ(condition(status(), "Ready")["reason"], "Ending");
}

TEST_F(StatusTest, NamesTheShardsWhoseSessionsAreGone) {
  input_.lost = {3, 5};
  EXPECT_EQ(condition(status(), "SessionLost")["status"], "True");
  EXPECT_THAT(condition(status(), "SessionLost")["message"], HasSubstr("shards 3, 5:"));
}

TEST_F(StatusTest, CountsWhatIsUnderWay) {
  input_.pods.pop_back();
  input_.restarts_left = 2;
  EXPECT_THAT(condition(status(), "Reconciling")["message"], HasSubstr("1 pod to come; 2 pods to restart"));
  input_.pods.push_back(good_pod(2));
  input_.pods.push_back(good_pod(3));
  EXPECT_THAT(condition(status(), "Reconciling")["message"], HasSubstr("1 pod to go"));
}

TEST_F(StatusTest, SumsTheRoutesOverThePods) {
  api::RouteTotals totals;
  totals.name = "telemetry";
  totals.received = 10;
  totals.delivered = 9;
  totals.in_flight = 1;
  input_.pods[0].report->routes = {totals};
  totals.last_error = "Kafka is away";
  input_.pods[1].report->routes = {totals};
  input_.pods[2].report->routes = {totals};
  input_.pods[2].alive = false;
  const json routes = status()["routes"];
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0], (json{{"name", "telemetry"},
                             {"direction", "MqttToKafka"},
                             {"received", 20},
                             {"delivered", 18},
                             {"filtered", 0},
                             {"deadLettered", 0},
                             {"dropped", 0},
                             {"inFlight", 2},
                             {"lastError", "Kafka is away"}}));
  EXPECT_EQ(routes[1]["name"], "events");
}

TEST_F(StatusTest, KeepsTheTotalsBetweenRefreshes) {
  bridge_["status"]["routes"] = json::array({{{"name", "telemetry"}, {"received", 7}}});
  input_.refresh_totals = false;
  EXPECT_EQ(status()["routes"], bridge_["status"]["routes"]);
  input_.refresh_totals = true;
  EXPECT_NE(status()["routes"], bridge_["status"]["routes"]);
}

}  // namespace
}  // namespace mkb::reconcile
