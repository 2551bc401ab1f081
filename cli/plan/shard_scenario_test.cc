#include "cli/plan/shard_scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mkb::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

api::BridgeSpec spec_with(int filters, int shards = 64) {
  api::BridgeSpec spec;
  spec.shards = shards;
  api::MqttToKafkaRoute route;
  route.name = "telemetry";
  for (int i = 0; i < filters; ++i) route.filters.push_back("plant" + std::to_string(i) + "/+");
  spec.mqtt_to_kafka = {route};
  return spec;
}

api::MqttToKafkaRoute shared_route() {
  api::MqttToKafkaRoute route;
  route.name = "firehose";
  route.filters = {"meters/#"};
  route.sharding = api::Sharding::kShared;
  return route;
}

ShardPlan plan(ShardScenario& scenario, int replicas) {
  auto made = scenario.scale_to(replicas);
  EXPECT_TRUE(made.ok()) << made.error().message();
  return made.ok() ? std::move(*made) : ShardPlan();
}

std::map<int, int> loads(const ShardPlan& plan) {
  std::map<int, int> counts;
  for (const auto& [shard, owner] : plan.owners) ++counts[owner];
  return counts;
}

TEST(ShardScenarioTest, ANewBridgeIsSpreadEvenly) {
  ShardScenario scenario(spec_with(8), {}, {});
  const ShardPlan made = plan(scenario, 4);
  EXPECT_THAT(loads(made), ElementsAre(Pair(0, 2), Pair(1, 2), Pair(2, 2), Pair(3, 2)));
  EXPECT_THAT(made.moves, SizeIs(8));
  EXPECT_EQ(count_moves(made), 0) << "none had an owner";
  EXPECT_THAT(made.filter_moves, IsEmpty());
}

TEST(ShardScenarioTest, ScalingGoesOnFromThePlanBefore) {
  ShardScenario scenario(spec_with(8), {}, {});
  const ShardPlan before = plan(scenario, 1);
  const ShardPlan after = plan(scenario, 4);
  EXPECT_EQ(count_moves(after), 6);
  for (const auto& move : after.moves) EXPECT_EQ(move.from, 0);
  EXPECT_EQ(after.record, before.record);
  EXPECT_EQ(count_moves(plan(scenario, 4)), 0) << "again, nothing moves";
}

// One after another, the second would get shards that then go on to the third and the fourth.
TEST(ShardScenarioTest, NewPodsGetTheirShardsTogether) {
  ShardScenario scenario(spec_with(12), {}, {});
  (void)plan(scenario, 1);
  const ShardPlan made = plan(scenario, 4);
  EXPECT_EQ(count_moves(made), 9);
  EXPECT_THAT(loads(made), ElementsAre(Pair(0, 3), Pair(1, 3), Pair(2, 3), Pair(3, 3)));
}

TEST(ShardScenarioTest, NewShardsGoToPodsThatRunAlready) {
  ShardScenario scenario(spec_with(1), {{{"plant0/+", 5}}, {}}, {{0, {}}, {1, {}}});
  const ShardPlan made = plan(scenario, 3);
  EXPECT_THAT(made.owners, ElementsAre(Pair(5, 0)));
}

TEST(ShardScenarioTest, StaysWithWhatIsAssigned) {
  ShardScenario scenario(spec_with(2), {{{"plant0/+", 7}, {"plant1/+", 3}}, {}},
                         {{0, {5, {{3, api::ShardDuty::kOwn}}}}, {1, {5, {{7, api::ShardDuty::kOwn}}}}});
  const ShardPlan made = plan(scenario, 2);
  EXPECT_THAT(made.owners, ElementsAre(Pair(3, 0), Pair(7, 1)));
  EXPECT_THAT(made.moves, IsEmpty());
}

TEST(ShardScenarioTest, ASharedRouteGetsAShardForEachPodAndKeepsThem) {
  api::BridgeSpec spec = spec_with(1);
  spec.mqtt_to_kafka.push_back(shared_route());
  ShardScenario scenario(spec, {}, {});
  EXPECT_THAT(plan(scenario, 1).record.shared.at("firehose"), SizeIs(1));
  EXPECT_THAT(plan(scenario, 3).record.shared.at("firehose"), SizeIs(3));
  EXPECT_THAT(plan(scenario, 1).record.shared.at("firehose"), SizeIs(3));
}

TEST(ShardScenarioTest, NamesShardsThatAreEnded) {
  ShardScenario scenario(spec_with(1), {{{"plant0/+", 0}, {"old/+", 4}}, {}},
                         {{0, {5, {{0, api::ShardDuty::kOwn}, {4, api::ShardDuty::kOwn}}}}});
  const ShardPlan made = plan(scenario, 1);
  EXPECT_THAT(made.ended, ElementsAre(4));
  EXPECT_THAT(made.owners, ElementsAre(Pair(0, 0)));
}

TEST(ShardScenarioTest, WithoutARecordAssignedShardsAreKept) {
  ShardScenario scenario(spec_with(1), {}, {{0, {5, {{4, api::ShardDuty::kOwn}}}}}, false);
  for (int i = 0; i < 2; ++i) {
    const ShardPlan made = plan(scenario, 1);
    EXPECT_THAT(made.ended, IsEmpty());
    EXPECT_THAT(made.owners, ElementsAre(Pair(0, 0), Pair(4, 0)));
  }
}

TEST(ShardScenarioTest, WithoutPodsNothingMoves) {
  ShardScenario scenario(spec_with(4), {}, {});
  const ShardPlan before = plan(scenario, 2);
  const ShardPlan none = plan(scenario, 0);
  EXPECT_THAT(none.owners, IsEmpty());
  EXPECT_THAT(none.moves, IsEmpty());
  EXPECT_EQ(plan(scenario, 2).owners, before.owners);
}

TEST(ShardScenarioTest, SaysWhatFindsNoRoom) {
  api::BridgeSpec spec = spec_with(1, 1);
  spec.mqtt_to_kafka.push_back(shared_route());
  const auto made = ShardScenario(spec, {}, {}).scale_to(2);
  ASSERT_FALSE(made.ok());
  EXPECT_TRUE(made.error().is(planner::FilterPlanError::kShardsExhausted));
}

TEST(MoveBoundTest, IsThatOfTheDesign) {
  ShardScenario scenario(spec_with(64), {}, {});
  const ShardPlan first = plan(scenario, 3);
  EXPECT_FALSE(move_bound(first, 0)) << "nothing was there";
  const auto bound = move_bound(plan(scenario, 4), 3);
  ASSERT_TRUE(bound);
  EXPECT_DOUBLE_EQ(bound->share, 0.25);
  EXPECT_EQ(bound->shards, 17);
  EXPECT_FALSE(move_bound(plan(scenario, 2), 4)) << "the shards of pods that go must move, all of them";
}

TEST(MoveBoundTest, IsByWeightWhenShardsDiffer) {
  ShardPlan made;
  made.replicas = 2;
  for (int shard = 0; shard < 40; ++shard) made.weights[shard] = 1;
  made.weights[7] = 2;
  const auto light = move_bound(made, 1);
  ASSERT_TRUE(light);
  EXPECT_FALSE(light->shards);
  EXPECT_FALSE(light->too_heavy);
  made.weights[7] = 20;
  EXPECT_EQ(move_bound(made, 1)->too_heavy, 7);
}

// For every number of equal shards and pods: the bound holds, and pods that go take no other shard with them.
TEST(MoveBoundTest, HoldsForEveryScaling) {
  for (int filters = 1; filters <= 40; ++filters) {
    for (int from = 1; from <= 6; ++from) {
      for (int to = 1; to <= 9; ++to) {
        ShardScenario scenario(spec_with(filters), {}, {});
        const ShardPlan before = plan(scenario, from);
        const ShardPlan after = plan(scenario, to);
        const auto must_go = std::count_if(before.owners.begin(), before.owners.end(),
                                           [to](const auto& each) { return each.second >= to; });
        const auto bound = move_bound(after, from);
        const int most = bound ? bound->shards.value() : static_cast<int>(must_go);
        ASSERT_LE(count_moves(after), most) << filters << " filters, " << from << " -> " << to;
      }
    }
  }
}

}  // namespace
}  // namespace mkb::cli
