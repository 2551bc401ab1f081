#include "cli/plan/plan_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

api::BridgeSpec sample() {
  api::BridgeSpec spec;
  spec.name = "fleet";
  spec.name_space = "prod";
  spec.shards = 8;
  api::MqttToKafkaRoute exclusive;
  exclusive.name = "telemetry";
  exclusive.filters = {"a/+", "a/1", "b/+"};
  api::MqttToKafkaRoute shared;
  shared.name = "firehose";
  shared.filters = {"meters/#"};
  shared.sharding = api::Sharding::kShared;
  spec.mqtt_to_kafka = {exclusive, shared};
  return spec;
}

ShardPlan planned(ShardScenario& scenario, int replicas) {
  auto made = scenario.scale_to(replicas);
  EXPECT_TRUE(made.ok());
  return std::move(*made);
}

TEST(PlanViewTest, ShowsShardsWithTheirPodsAndFilters) {
  ShardScenario scenario(sample(), {}, {});
  EXPECT_EQ(plan_text("fleet", sample(), planned(scenario, 2)),
            "4 filters on 4 of 8 shards, 2 pods\n"
            "\n"
            "SHARD  POD          WEIGHT  FILTERS\n"
            "    0  mkb-fleet-0       2  a/+, a/1\n"
            "    1  mkb-fleet-1       1  meters/# (shared by firehose)\n"
            "    2  mkb-fleet-1       1  meters/# (shared by firehose)\n"
            "    3  mkb-fleet-0       1  b/+\n"
            "\n"
            "POD          SHARDS  WEIGHT  SHARE\n"
            "mkb-fleet-0       2       3   60 %\n"
            "mkb-fleet-1       2       2   40 %\n");
}

TEST(PlanViewTest, ShowsWhatMoves) {
  api::BridgeSpec spec = sample();
  spec.mqtt_to_kafka.pop_back();
  spec.mqtt_to_kafka[0].filters = {"a", "b", "c", "d"};
  ShardScenario scenario(spec, {}, {});
  (void)planned(scenario, 1);
  EXPECT_EQ(moves_text("fleet", {1, planned(scenario, 2)}),
            "1 -> 2 pods: 2 of 4 shards move, 50 % of the weight; the bound is 3\n"
            "\n"
            "SHARD  FROM         TO           WEIGHT\n"
            "    0  mkb-fleet-0  mkb-fleet-1       1\n"
            "    1  mkb-fleet-0  mkb-fleet-1       1\n");
  EXPECT_EQ(moves_text("fleet", {2, planned(scenario, 2)}), "2 -> 2 pods: 0 of 4 shards move\n");
}

TEST(PlanViewTest, FromNothingNothingMoves) {
  ShardScenario scenario(sample(), {}, {});
  EXPECT_EQ(moves_text("fleet", {std::nullopt, planned(scenario, 2)}), "");
}

TEST(PlanViewTest, NamesFiltersThatChangeShardsAndShardsThatEnd) {
  PlannedScaling scaling{2, {}};
  scaling.plan.replicas = 2;
  scaling.plan.weights = {{1, 2}};
  scaling.plan.filter_moves = {{"a/+", 4, 1}};
  scaling.plan.ended = {4};
  const std::string text = moves_text("fleet", scaling);
  EXPECT_THAT(text, HasSubstr("filter a/+ goes from shard 4 to shard 1\n"));
  EXPECT_THAT(text, HasSubstr("    4        (ended: no filters left)"));
}

TEST(PlanViewTest, CutsLongListsOfFilters) {
  api::BridgeSpec spec = sample();
  spec.shards = 1;
  spec.mqtt_to_kafka.pop_back();
  spec.mqtt_to_kafka[0].filters.clear();
  for (int i = 0; i < 100; ++i) spec.mqtt_to_kafka[0].filters.push_back("plant/" + std::to_string(i) + "/+");
  ShardScenario scenario(spec, {}, {});
  const std::string text = plan_text("fleet", spec, planned(scenario, 1));
  EXPECT_THAT(text, HasSubstr("plant/0/+, plant/1/+, "));
  EXPECT_THAT(text, testing::ContainsRegex(" and 9[0-9] more\n"));
}

TEST(PlanViewTest, ABridgeWithoutFiltersHasNothingToShard) {
  api::BridgeSpec spec = sample();
  spec.mqtt_to_kafka.clear();
  ShardScenario scenario(spec, {}, {});
  EXPECT_THAT(plan_text("fleet", spec, planned(scenario, 1)), HasSubstr("there is nothing to shard"));
}

TEST(PlanViewTest, ShowsWhoHasWhatNow) {
  LiveBridge bridge;
  bridge.spec = sample();
  bridge.record_known = true;
  bridge.record.filters = {{"a/+", 0}, {"b/+", 1}, {"c/+", 2}};
  bridge.assignments[0] = {3, {{0, api::ShardDuty::kRelease}, {1, api::ShardDuty::kOwn}}};
  bridge.assignments[1] = {3, {{0, api::ShardDuty::kPrepare}, {5, api::ShardDuty::kEnd}}};
  EXPECT_EQ(present_text(bridge),
            "bridge prod/fleet: 3 filters recorded on 3 of 8 shards\n"
            "\n"
            "SHARD  POD          STATE                  FILTERS\n"
            "    0  mkb-fleet-0  moving to mkb-fleet-1  a/+\n"
            "    1  mkb-fleet-0  owned                  b/+\n"
            "    2  -            not assigned           c/+\n"
            "    5  mkb-fleet-1  ending                 (not known)\n");
  bridge.record_known = false;
  EXPECT_THAT(present_text(bridge), HasSubstr("no record of the filters"));
}

TEST(PlanViewTest, JsonHasTheSame) {
  ShardScenario scenario(sample(), {}, {});
  std::vector<PlannedScaling> scalings;
  scalings.push_back({std::nullopt, planned(scenario, 1)});
  scalings.push_back({1, planned(scenario, 2)});
  const auto all = plan_json(sample(), scalings);
  EXPECT_EQ(all["name"], "fleet");
  ASSERT_THAT(all["plans"], SizeIs(2));
  EXPECT_TRUE(all["plans"][0]["from"].is_null());
  EXPECT_EQ(all["plans"][1]["from"], 1);
  EXPECT_EQ(all["plans"][1]["replicas"], 2);
  for (const auto& shard : all["plans"][1]["shards"]) {
    EXPECT_THAT(shard["pod"].get<std::string>(), testing::StartsWith("mkb-fleet-"));
    EXPECT_THAT(shard["filters"], Not(SizeIs(0)));
  }
  EXPECT_EQ(all["plans"][1]["moves"].size(), scalings[1].plan.moves.size());
}

}  // namespace
}  // namespace mkb::cli
