#include <gmock/gmock.h>

#include "operator/reconcile/round_fixture.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class RoundTest : public RoundFixture {};

TEST_F(RoundTest, OfABridgeThatIsGoneDoesNothing) {
  server_.remove(kube::kBridges, "fleet");
  EXPECT_TRUE(reconcile().ok());
  EXPECT_THAT(server_.take_writes(), IsEmpty());
}

TEST_F(RoundTest, MakesEverythingAndBecomesReady) {
  ASSERT_TRUE(settle());
  EXPECT_EQ(condition("Ready"), "True") << condition("Ready", "message");
  EXPECT_EQ(condition("Reconciling"), "False") << condition("Reconciling", "message");
  EXPECT_EQ(status()["observedGeneration"], 1);
  EXPECT_EQ(status()["replicas"], 3);
  EXPECT_EQ(status()["shards"]["assigned"], status()["shards"]["total"]);
  for (const kube::ResourceKind* kind : child_kinds())
    EXPECT_THAT(server_.list(*kind), Not(IsEmpty())) << kind->kind;
  EXPECT_EQ(owned_by(0).size() + owned_by(1).size() + owned_by(2).size(), 4U);
  EXPECT_THAT(owned_by(0), Not(IsEmpty()));
  EXPECT_THAT(owned_by(2), Not(IsEmpty()));
}

TEST_F(RoundTest, SetsStatusInTheFirstRound) {
  ASSERT_TRUE(reconcile().ok());
  EXPECT_EQ(status()["observedGeneration"], 1);
  EXPECT_EQ(condition("Ready"), "False");
  EXPECT_EQ(condition("Reconciling"), "True");
}

TEST_F(RoundTest, WritesNothingAtRest) {
  ASSERT_TRUE(settle());
  server_.take_writes();
  for (int i = 0; i < 120; ++i) {
    run_pods();
    now_ += std::chrono::seconds(1);
    ASSERT_TRUE(reconcile().ok());
  }
  EXPECT_THAT(server_.take_writes(), IsEmpty());
}

TEST_F(RoundTest, WritesNothingAtRestAfterARestartOfTheOperator) {
  ASSERT_TRUE(settle());
  server_.take_writes();
  reconciler_.forget_all();
  ASSERT_TRUE(reconcile().ok());
  EXPECT_THAT(server_.take_writes(), IsEmpty());
}

TEST_F(RoundTest, MakesAgainWhateverSomebodyDeletes) {
  ASSERT_TRUE(settle());
  for (const kube::ResourceKind* kind : child_kinds()) {
    for (const json& object : server_.list(*kind)) {
      const std::string name = object["metadata"]["name"];
      server_.remove(*kind, name);
      ASSERT_TRUE(reconcile().ok());
      // While shards move, assignments come first, and the rest half a second later.
      now_ += std::chrono::milliseconds(500);
      ASSERT_TRUE(reconcile().ok());
      EXPECT_TRUE(server_.get(*kind, name)) << kind->kind << " " << name;
      run_workload();
      run_pods();
    }
  }
  const auto before = owned_by(1);
  EXPECT_TRUE(settle());
  EXPECT_EQ(owned_by(1), before) << "a deleted assignment moves no shards";
}

TEST_F(RoundTest, PutsRightWhateverSomebodyEdits) {
  ASSERT_TRUE(settle());
  const auto edited = [this](const kube::ResourceKind& kind, const std::string& name, const char* pointer,
                             const json& value) {
    json object = *server_.get(kind, name);
    const json before = object.at(json::json_pointer(pointer));
    object[json::json_pointer(pointer)] = value;
    server_.put(kind, object);
    ASSERT_TRUE(reconcile().ok());
    EXPECT_EQ(server_.get(kind, name)->at(json::json_pointer(pointer)), before) << name << pointer;
  };
  edited(kube::kStatefulSets, "mkb-fleet", "/spec/replicas", 7);
  edited(kube::kStatefulSets, "mkb-fleet", "/spec/template/spec/serviceAccountName", "default");
  edited(kube::kServices, "mkb-fleet-metrics", "/spec/ports/0/port", 1);
  edited(kube::kRoles, "mkb-fleet", "/rules", json::array());
  edited(kube::kConfigMaps, "mkb-fleet-routes", "/data/bridge.yaml", "{}");
  edited(kube::kConfigMaps, "mkb-fleet-1", "/data/assignment.json", R"({"epoch":99,"shards":[]})");
  edited(kube::kDisruptionBudgets, "mkb-fleet", "/spec/maxUnavailable", 3);
  edited(kube::kNetworkPolicies, "mkb-fleet", "/spec/policyTypes", json::array({"Egress"}));
}

TEST_F(RoundTest, LeavesWhatOthersAddedAlone) {
  ASSERT_TRUE(settle());
  json service = *server_.get(kube::kServices, "mkb-fleet-metrics");
  service["metadata"]["annotations"]["prometheus.io/scrape"] = "true";
  server_.put(kube::kServices, service);
  server_.take_writes();
  ASSERT_TRUE(reconcile().ok());
  EXPECT_THAT(server_.take_writes(), IsEmpty());
}

TEST_F(RoundTest, TouchesNothingThatBelongsToAnother) {
  server_.put(kube::kServices, {{"metadata", {{"name", "mkb-fleet-metrics"}}}, {"spec", {{"theirs", true}}}});
  ASSERT_TRUE(settle());
  EXPECT_EQ(server_.get(kube::kServices, "mkb-fleet-metrics")->at("spec"), (json{{"theirs", true}}));
  EXPECT_EQ(condition("Stalled", "reason"), "NameTaken");
  EXPECT_THAT(condition("Stalled", "message"), HasSubstr("Service prod/mkb-fleet-metrics"));
  EXPECT_EQ(condition("Ready"), "True") << "the rest is made all the same";
}

TEST_F(RoundTest, GoesOnWithTheOtherKindsWhenOneIsForbidden) {
  server_.forbidden = {"networkpolicies"};
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(reconcile().ok());
    run_workload();
    run_pods();
    now_ += std::chrono::seconds(1);
  }
  EXPECT_EQ(condition("Ready"), "True") << condition("Ready", "message");
  EXPECT_EQ(condition("Reconciling", "reason"), "RequestsFailed");
  EXPECT_THAT(condition("Reconciling", "message"), HasSubstr("networkpolicies is forbidden"));
  server_.forbidden.clear();
  ASSERT_TRUE(settle());
  EXPECT_TRUE(server_.get(kube::kNetworkPolicies, "mkb-fleet"));
  EXPECT_EQ(condition("Reconciling"), "False");
}

TEST_F(RoundTest, TellsTheFieldOfABadSpecAndLeavesThePodsAsTheyAre) {
  ASSERT_TRUE(settle());
  const json workload = server_.get(kube::kStatefulSets, "mkb-fleet")->at("spec");
  const json routes = server_.get(kube::kConfigMaps, "mkb-fleet-routes")->at("data");
  edit([](json& bridge) {
    bridge["spec"]["mqttToKafka"][0]["filters"][0] = "a/#/b";
    bridge["spec"]["replicas"] = 1;
  });
  ASSERT_TRUE(settle());
  EXPECT_EQ(condition("Stalled"), "True");
  EXPECT_EQ(condition("Stalled", "reason"), "InvalidSpec");
  EXPECT_THAT(condition("Stalled", "message"), HasSubstr("spec.mqttToKafka[0].filters[0]"));
  EXPECT_EQ(condition("Ready"), "True");
  EXPECT_EQ(status()["observedGeneration"], 2);
  EXPECT_EQ(server_.get(kube::kStatefulSets, "mkb-fleet")->at("spec"), workload);
  EXPECT_EQ(server_.get(kube::kConfigMaps, "mkb-fleet-routes")->at("data"), routes);
  EXPECT_THAT(notes_, Contains(HasSubstr("Warning InvalidSpec: spec.mqttToKafka[0].filters[0]")));
  EXPECT_THAT(notes_, SizeIs(1)) << "once, not in every round";

  edit([](json& bridge) { bridge["spec"]["mqttToKafka"][0]["filters"][0] = "a/+"; });
  ASSERT_TRUE(settle());
  EXPECT_EQ(condition("Stalled"), "False");
  EXPECT_EQ(server_.get(kube::kStatefulSets, "mkb-fleet")->at("spec")["replicas"], 1);
}

TEST_F(RoundTest, MakesNothingOfASpecThatWasNeverValid) {
  edit([](json& bridge) { bridge["spec"].erase("kafka"); });
  ASSERT_TRUE(settle());
  EXPECT_EQ(condition("Stalled", "reason"), "InvalidSpec");
  EXPECT_THAT(condition("Ready", "message"), HasSubstr("spec.kafka"));
  EXPECT_THAT(server_.list(kube::kStatefulSets), IsEmpty());
}

TEST_F(RoundTest, TakesOverChangedRoutesWithoutTouchingThePods) {
  ASSERT_TRUE(settle());
  const auto pods = server_.list(kube::kPods);
  edit([](json& bridge) {
    bridge["spec"]["mqttToKafka"].push_back({{"name", "more"}, {"filters", {"more/#"}}, {"topic", "more"}});
  });
  ASSERT_TRUE(settle());
  for (const json& pod : pods) {
    EXPECT_EQ(server_.get(kube::kPods, pod["metadata"]["name"])->at("metadata")["uid"],
              pod["metadata"]["uid"]);
  }
  EXPECT_THAT(bridge_text_of(*server_.get(kube::kConfigMaps, "mkb-fleet-routes")), HasSubstr("more/#"));
  EXPECT_EQ(status()["shards"]["total"], 5);
  EXPECT_EQ(condition("Ready"), "True");
}

TEST_F(RoundTest, WaitsForASecretAndSaysWhichFieldNamesIt) {
  server_.remove(kube::kSecrets, "broker-login");
  ASSERT_TRUE(settle());
  EXPECT_EQ(condition("Stalled", "reason"), "SecretNotFound");
  EXPECT_THAT(condition("Stalled", "message"), HasSubstr("spec.mqtt.auth.secretRef"));
  EXPECT_THAT(condition("Stalled", "message"), HasSubstr("'broker-login'"));
  EXPECT_THAT(server_.list(kube::kStatefulSets), IsEmpty()) << "pods could not mount it";
  server_.put(kube::kSecrets, {{"metadata", {{"name", "broker-login"}}}});
  ASSERT_TRUE(settle());
  EXPECT_EQ(condition("Stalled"), "False");
  EXPECT_EQ(condition("Ready"), "True");
}

TEST_F(RoundTest, WritesOnlyStatusWhilePaused) {
  ASSERT_TRUE(settle());
  edit([](json& bridge) {
    bridge["metadata"]["annotations"][std::string(kPausedAnnotation)] = "true";
    bridge["spec"]["replicas"] = 1;
  });
  server_.remove(kube::kServices, "mkb-fleet-metrics");
  server_.take_writes();
  ASSERT_TRUE(reconcile().ok());
  EXPECT_THAT(server_.take_writes(), testing::ElementsAre("PATCH mqttkafkabridges/fleet/status"));
  EXPECT_EQ(condition("Reconciling", "reason"), "Paused");
  edit([](json& bridge) { bridge["metadata"]["annotations"].erase(std::string(kPausedAnnotation)); });
  ASSERT_TRUE(settle());
  EXPECT_TRUE(server_.get(kube::kServices, "mkb-fleet-metrics"));
  EXPECT_EQ(status()["replicas"], 1);
}

TEST_F(RoundTest, ReportsSessionsThatTheBrokerLost) {
  ASSERT_TRUE(settle());
  lost_ = {1};
  ASSERT_TRUE(settle());
  EXPECT_EQ(condition("SessionLost"), "True");
  EXPECT_THAT(notes_, Contains(HasSubstr("Warning SessionLost")));
}

TEST_F(RoundTest, GoesOnAfterTheServerWasAway) {
  ASSERT_TRUE(settle());
  const auto before = owned_by(0);
  server_.down = true;
  now_ += std::chrono::seconds(300);
  EXPECT_FALSE(reconciler_.reconcile("prod/fleet", {}).ok()) << "it cannot ask whether the pods are alive";
  server_.down = false;
  ASSERT_TRUE(settle());
  EXPECT_EQ(owned_by(0), before) << "pods that could not renew are not dead";
}

TEST_F(RoundTest, ALostRecordMovesNoFiltersAndEndsNoSession) {
  ASSERT_TRUE(settle());
  edit([](json& bridge) { bridge["spec"]["mqttToKafka"][0]["filters"] = {"b/+", "c/+"}; });
  ASSERT_TRUE(settle());
  const json record = server_.get(kube::kConfigMaps, "mkb-fleet-routes")->at("data");
  server_.remove(kube::kConfigMaps, "mkb-fleet-routes");
  ASSERT_TRUE(settle());
  EXPECT_EQ(server_.get(kube::kConfigMaps, "mkb-fleet-routes")->at("data"), record);

  // Nobody remembers, and what is there was written by somebody else.
  json edited = *server_.get(kube::kConfigMaps, "mkb-fleet-routes");
  edited["data"]["filters.json"] = R"({"filters":{},"shared":{}})";
  server_.put(kube::kConfigMaps, edited);
  reconciler_.forget_all();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(reconcile().ok());
    run_pods();
    now_ += std::chrono::seconds(1);
    for (const json& config_map : server_.list(kube::kConfigMaps)) {
      const auto assignment = assignment_of(config_map);
      if (!assignment) continue;
      for (const auto& each : assignment->shards) EXPECT_NE(each.duty, api::ShardDuty::kEnd) << each.shard;
    }
  }
}

TEST_F(RoundTest, AServerThatWritesQuantitiesItsOwnWayHidesNoLaterChange) {
  edit([](json& bridge) { bridge["spec"]["pod"]["resources"]["limits"]["cpu"] = "1000m"; });
  server_.rewrite = [](json& object) {
    const json::json_pointer limit("/spec/template/spec/containers/0/resources/limits/cpu");
    if (object.contains(limit) && object.at(limit) == "1000m") object[limit] = "1";
  };
  ASSERT_TRUE(settle());
  EXPECT_EQ(condition("Ready"), "True");
  edit([](json& bridge) { bridge["spec"]["replicas"] = 4; });
  ASSERT_TRUE(settle());
  EXPECT_EQ(server_.get(kube::kStatefulSets, "mkb-fleet")->at("spec")["replicas"], 4);
}

TEST_F(RoundTest, AnEditedCopyOfTheSpecThatIsNoJsonHarmsNobody) {
  ASSERT_TRUE(settle());
  json edited = *server_.get(kube::kConfigMaps, "mkb-fleet-routes");
  edited["data"]["bridge.yaml"] = "kind: MqttKafkaBridge\nmetadata: {generation: x}";
  server_.put(kube::kConfigMaps, edited);
  edit([](json& bridge) { bridge["spec"]["mqttToKafka"][0]["filters"][0] = "a/#/b"; });
  reconciler_.forget_all();
  EXPECT_TRUE(reconcile().ok());
  EXPECT_EQ(condition("Stalled", "reason"), "InvalidSpec");
}

}  // namespace
}  // namespace mkb::reconcile
