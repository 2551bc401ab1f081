#include "operator/planner/filter_planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace mkb::planner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

api::MqttToKafkaRoute route(const std::string& name, std::vector<std::string> filters) {
  api::MqttToKafkaRoute made;
  made.name = name;
  made.filters = std::move(filters);
  return made;
}

api::MqttToKafkaRoute shared_route(const std::string& name, std::vector<std::string> filters) {
  api::MqttToKafkaRoute made = route(name, std::move(filters));
  made.sharding = api::Sharding::kShared;
  return made;
}

api::BridgeSpec bridge(int shards, std::vector<api::MqttToKafkaRoute> routes) {
  api::BridgeSpec spec;
  spec.shards = shards;
  spec.mqtt_to_kafka = std::move(routes);
  return spec;
}

FilterPlan plan(const api::BridgeSpec& spec, const api::ShardRecord& recorded = {}, int spread = 1) {
  auto made = plan_filters(spec, recorded, spread);
  EXPECT_TRUE(made.ok()) << made.error().message();
  return made.ok() ? std::move(*made) : FilterPlan();
}

TEST(PlanFilters, HasNothingWithoutRoutes) {
  const auto made = plan(bridge(4, {}));
  EXPECT_EQ(made.record, api::ShardRecord());
  EXPECT_THAT(made.moved, IsEmpty());
}

TEST(PlanFilters, SpreadsNewGroupsOverTheEmptiestShards) {
  const auto made = plan(bridge(2, {route("x", {"b", "a"}), route("y", {"c", "b"})}));
  EXPECT_THAT(made.record.filters, ElementsAre(Pair("a", 0), Pair("b", 1), Pair("c", 0)));
  EXPECT_THAT(made.moved, IsEmpty());
}

TEST(PlanFilters, LargeGroupsAreSpreadFirst) {
  const auto made = plan(bridge(2, {route("x", {"a", "b", "z/#", "z/1", "z/2"})}));
  EXPECT_THAT(made.record.filters,
              ElementsAre(Pair("a", 1), Pair("b", 1), Pair("z/#", 0), Pair("z/1", 0), Pair("z/2", 0)));
}

TEST(PlanFilters, OverlapsShareAShardAlsoThroughOthers) {
  const auto made = plan(bridge(8, {route("x", {"a/1", "b/1"}), route("y", {"+/1"}), route("z", {"c/2"})}));
  EXPECT_THAT(made.record.filters,
              ElementsAre(Pair("+/1", 0), Pair("a/1", 0), Pair("b/1", 0), Pair("c/2", 1)));
}

TEST(PlanFilters, RecordedFiltersStay) {
  const api::ShardRecord recorded{{{"a", 3}, {"b", 3}, {"c", 1}}, {}};
  const auto made = plan(bridge(4, {route("x", {"a", "b", "c", "d"})}), recorded);
  EXPECT_THAT(made.record.filters, ElementsAre(Pair("a", 3), Pair("b", 3), Pair("c", 1), Pair("d", 0)));
  EXPECT_THAT(made.moved, IsEmpty());
}

TEST(PlanFilters, FiltersThatAreGoneLeaveTheRecord) {
  const api::ShardRecord recorded{{{"a", 3}, {"b", 2}}, {{"hot", {0}}}};
  EXPECT_EQ(plan(bridge(4, {route("x", {"b"})}), recorded).record, (api::ShardRecord{{{"b", 2}}, {}}));
}

TEST(PlanFilters, AMergeGoesWhereMostFiltersAre) {
  const api::ShardRecord recorded{{{"a/1", 1}, {"a/2", 5}, {"a/3", 5}}, {}};
  const auto made = plan(bridge(8, {route("x", {"a/1", "a/2", "a/3", "a/+"})}), recorded);
  EXPECT_THAT(made.record.filters,
              ElementsAre(Pair("a/+", 5), Pair("a/1", 5), Pair("a/2", 5), Pair("a/3", 5)));
  EXPECT_THAT(made.moved, ElementsAre(FilterMove{"a/1", 1, 5}));
}

TEST(PlanFilters, AMergeOfEqualsGoesToTheLowestShard) {
  const api::ShardRecord recorded{{{"a/1", 6}, {"a/2", 4}}, {}};
  const auto made = plan(bridge(8, {route("x", {"a/1", "a/2", "a/+"})}), recorded);
  EXPECT_THAT(made.moved, ElementsAre(FilterMove{"a/1", 6, 4}));
  EXPECT_EQ(made.record.filters.at("a/+"), 4);
}

TEST(PlanFilters, GroupsThatSplitStayWhereTheyAre) {
  const api::ShardRecord recorded{{{"a/1", 6}, {"a/2", 6}, {"a/+", 6}}, {}};
  const auto made = plan(bridge(8, {route("x", {"a/1", "a/2"})}), recorded);
  EXPECT_THAT(made.record.filters, ElementsAre(Pair("a/1", 6), Pair("a/2", 6)));
}

TEST(PlanFilters, AShardThatDoesNotExistIsNoRecord) {
  const api::ShardRecord recorded{{{"a", 8}, {"b", -1}}, {{"hot", {-2, 3, 9}}}};
  const auto made = plan(bridge(4, {route("x", {"a", "b"}), shared_route("hot", {"h"})}), recorded);
  EXPECT_THAT(made.record.filters, ElementsAre(Pair("a", 0), Pair("b", 1)));
  EXPECT_THAT(made.record.shared, ElementsAre(Pair("hot", ElementsAre(3))));
}

TEST(PlanFilters, ASharedRouteHasItsShardsForItself) {
  const auto made =
      plan(bridge(8, {route("x", {"a", "b", "c", "d", "e", "f"}), shared_route("hot", {"h", "a"})}), {}, 3);
  EXPECT_THAT(made.record.shared, ElementsAre(Pair("hot", ElementsAre(1, 2, 3))));
  for (const auto& [filter, shard] : made.record.filters) EXPECT_TRUE(shard == 0 || shard > 3) << filter;
  EXPECT_EQ(made.record.filters.count("h"), 0u);
  EXPECT_EQ(made.record.filters.size(), 6u);
}

TEST(PlanFilters, SharedRoutesTakeTurnsWhenShardsAreFew) {
  const auto made =
      plan(bridge(6, {route("x", {"a"}), shared_route("h", {"h"}), shared_route("g", {"g"})}), {}, 4);
  EXPECT_THAT(made.record.filters, ElementsAre(Pair("a", 0)));
  EXPECT_THAT(made.record.shared, ElementsAre(Pair("g", ElementsAre(1, 3, 5)), Pair("h", ElementsAre(2, 4))));
}

TEST(PlanFilters, ASharedRouteGrowsAndDoesNotShrink) {
  const auto spec = bridge(8, {route("x", {"a"}), shared_route("hot", {"h"})});
  const auto one = plan(spec, {}, 1);
  const auto three = plan(spec, one.record, 3);
  EXPECT_EQ(three.record.filters, one.record.filters);
  EXPECT_EQ(three.record.shared.at("hot").size(), 3u);
  EXPECT_EQ(plan(spec, three.record, 1).record, three.record);
}

TEST(PlanFilters, ASharedRouteGivesBackWhatOthersNeed) {
  const api::ShardRecord recorded{{}, {{"hot", {0, 1, 2, 3}}}};
  const auto made = plan(
      bridge(4, {route("x", {"a"}), shared_route("hot", {"h"}), shared_route("new", {"n"})}), recorded, 4);
  EXPECT_THAT(made.record.filters, ElementsAre(Pair("a", 3)));
  EXPECT_THAT(made.record.shared, ElementsAre(Pair("hot", ElementsAre(0, 1)), Pair("new", ElementsAre(2))));
}

TEST(PlanFilters, TheEmptiestShardIsClearedForASharedRoute) {
  const api::ShardRecord recorded{{{"a", 0}, {"b", 0}, {"c", 1}, {"d", 2}, {"e", 2}, {"f", 2}}, {}};
  const auto made =
      plan(bridge(3, {route("x", {"a", "b", "c", "d", "e", "f"}), shared_route("hot", {"h"})}), recorded, 3);
  EXPECT_THAT(made.record.shared, ElementsAre(Pair("hot", ElementsAre(1))));
  EXPECT_THAT(made.moved, ElementsAre(FilterMove{"c", 1, 0}));
}

TEST(PlanFilters, ARouteThatBecomesSharedLeavesItsShard) {
  const api::ShardRecord recorded{{{"a", 0}, {"h", 1}}, {}};
  const auto made = plan(bridge(2, {route("x", {"a"}), shared_route("hot", {"h"})}), recorded);
  EXPECT_EQ(made.record, (api::ShardRecord{{{"a", 0}}, {{"hot", {1}}}}));
}

TEST(PlanFilters, ASpreadOfNoneIsOne) {
  EXPECT_THAT(plan(bridge(4, {shared_route("hot", {"h"})}), {}, 0).record.shared,
              ElementsAre(Pair("hot", ElementsAre(0))));
}

TEST(PlanFilters, TooFewShardsAreRefusedWithTheFieldAndTheRoute) {
  auto spec = bridge(
      3, {route("x", {"a"}), shared_route("c", {"c"}), shared_route("b", {"b"}), shared_route("d", {"d"})});
  const auto made = plan_filters(spec, {}, 1);
  ASSERT_FALSE(made.ok());
  EXPECT_TRUE(made.error().is(FilterPlanError::kShardsExhausted));
  EXPECT_THAT(made.error().message(), HasSubstr("spec.shards: 3 shards are too few"));
  EXPECT_THAT(made.error().message(), HasSubstr("'d'"));
  spec.shards = 4;
  EXPECT_TRUE(plan_filters(spec, {}, 1).ok());
  spec.shards = 3;
  spec.mqtt_to_kafka.erase(spec.mqtt_to_kafka.begin());
  EXPECT_TRUE(plan_filters(spec, {}, 1).ok());
}

TEST(PlanFilters, TheOrderOfRoutesDecidesNothing) {
  const auto one = plan(bridge(8, {route("x", {"a", "b/#"}), shared_route("s", {"q"}), route("y", {"b/1"})}));
  const auto two = plan(bridge(8, {route("y", {"b/1"}), route("x", {"b/#", "a"}), shared_route("s", {"q"})}));
  EXPECT_EQ(one.record, two.record);
}

}  // namespace
}  // namespace mkb::planner
