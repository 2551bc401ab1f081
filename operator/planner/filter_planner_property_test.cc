#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "mqtt/topic_filter.h"
#include "operator/planner/filter_planner.h"
#include "operator/planner/overlap_groups.h"
#include "operator/planner/property_cases.h"

namespace mkb::planner {
namespace {

using Filters = std::vector<std::string>;

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  int below(int end) { return static_cast<int>(random_() % static_cast<std::uint32_t>(end)); }

  std::string filter() {
    static const Filters kLevels = {"a", "b", "c", "d", "e", "f", "g", "", "+", "$x"};
    std::string made = kLevels[static_cast<std::size_t>(below(10))];
    for (int more = below(3); more > 0; --more) made += "/" + kLevels[static_cast<std::size_t>(below(9))];
    const int kind = below(60);
    if (kind == 0) return "#";
    if (kind < 5) return made + "/#";
    return made.empty() ? "a" : made;
  }

  api::MqttToKafkaRoute route(const std::string& name) {
    api::MqttToKafkaRoute made;
    made.name = name;
    made.sharding = below(5) == 0 ? api::Sharding::kShared : api::Sharding::kExclusive;
    for (int more = below(6); more >= 0; --more) made.filters.push_back(filter());
    return made;
  }

  /// Adds, drops or changes a route.
  void edit(api::BridgeSpec& spec) {
    auto& routes = spec.mqtt_to_kafka;
    const int kind = below(3);
    if (routes.empty() || kind == 0) {
      routes.push_back(route("r" + std::to_string(next_route_++)));
    } else if (kind == 1) {
      routes.erase(routes.begin() + below(static_cast<int>(routes.size())));
    } else {
      auto& changed = routes[static_cast<std::size_t>(below(static_cast<int>(routes.size())))];
      changed = route(changed.name);
    }
  }

 private:
  std::mt19937 random_;
  int next_route_ = 0;
};

std::set<std::string> exclusive_filters(const api::BridgeSpec& spec) {
  std::set<std::string> filters;
  for (const auto& route : spec.mqtt_to_kafka) {
    if (route.sharding == api::Sharding::kExclusive)
      filters.insert(route.filters.begin(), route.filters.end());
  }
  return filters;
}

std::set<std::string> shared_routes(const api::BridgeSpec& spec) {
  std::set<std::string> names;
  for (const auto& route : spec.mqtt_to_kafka) {
    if (route.sharding == api::Sharding::kShared) names.insert(route.name);
  }
  return names;
}

/// Every filter and Shared route has a place, and none that it may not have.
void check_places(const api::BridgeSpec& spec, const api::ShardRecord& record) {
  std::set<std::string> filters;
  std::set<int> taken;
  for (const auto& [filter, shard] : record.filters) {
    filters.insert(filter);
    taken.insert(shard);
    for (const auto& [other, other_shard] : record.filters) {
      EXPECT_TRUE(shard == other_shard || !mqtt::overlaps(filter, other)) << filter << " and " << other;
    }
  }
  EXPECT_EQ(filters, exclusive_filters(spec));
  std::set<std::string> names;
  for (const auto& [name, shards] : record.shared) {
    names.insert(name);
    EXPECT_FALSE(shards.empty());
    EXPECT_TRUE(std::is_sorted(shards.begin(), shards.end()));
    for (const int shard : shards) EXPECT_TRUE(taken.insert(shard).second) << shard;
  }
  EXPECT_EQ(names, shared_routes(spec));
  if (!taken.empty()) {
    EXPECT_GE(*taken.begin(), 0);
    EXPECT_LT(*taken.rbegin(), spec.shards);
  }
}

/// Shared routes are as wide as asked, or there is no shard left.
void check_spread(const api::BridgeSpec& spec, const api::ShardRecord& record, int spread) {
  std::set<int> taken;
  std::size_t narrowest = static_cast<std::size_t>(spread);
  for (const auto& [filter, shard] : record.filters) taken.insert(shard);
  for (const auto& [name, shards] : record.shared) {
    taken.insert(shards.begin(), shards.end());
    narrowest = std::min(narrowest, shards.size());
  }
  if (narrowest < static_cast<std::size_t>(spread)) {
    EXPECT_EQ(taken.size(), static_cast<std::size_t>(spec.shards));
  }
}

/// `moved` tells exactly what is elsewhere now; and without a merge or a shard cleared nothing is.
void check_moves(const api::ShardRecord& before, const FilterPlan& plan) {
  std::vector<FilterMove> moved;
  std::set<int> now_shared;
  bool widest_is_one = true;
  for (const auto& [name, shards] : plan.record.shared) {
    now_shared.insert(shards.begin(), shards.end());
    widest_is_one = widest_is_one && shards.size() == 1;
  }
  Filters filters;
  for (const auto& [filter, shard] : plan.record.filters) filters.push_back(filter);
  for (const Filters& group : group_by_overlap(filters)) {
    std::map<int, int> counts;
    for (const std::string& filter : group) {
      const auto was = before.filters.find(filter);
      if (was != before.filters.end()) ++counts[was->second];
    }
    if (counts.empty()) continue;
    const int now = plan.record.filters.at(group.front());
    const auto most = std::max_element(counts.begin(), counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    const bool cleared = now_shared.count(most->first) != 0 && widest_is_one;
    EXPECT_TRUE(now == most->first || cleared) << group.front();
  }
  for (const auto& [filter, shard] : plan.record.filters) {
    const auto was = before.filters.find(filter);
    if (was != before.filters.end() && was->second != shard) moved.push_back({filter, was->second, shard});
  }
  EXPECT_EQ(moved, plan.moved);
}

bool fits(const api::BridgeSpec& spec) {
  const std::size_t exclusive = exclusive_filters(spec).empty() ? 0 : 1;
  return shared_routes(spec).size() + exclusive <= static_cast<std::size_t>(spec.shards);
}

TEST(PlanFiltersProperty, PlacesSpreadMovesAndStability) {
  for (std::uint32_t seed = 0; seed < kPropertyCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Generator generator(seed);
    api::BridgeSpec spec;
    spec.shards = 1 + generator.below(16);
    for (int more = generator.below(6); more > 0; --more) generator.edit(spec);
    api::ShardRecord record;
    for (int round = 0; round < 5; ++round) {
      const int spread = 1 + generator.below(5);
      const auto plan = plan_filters(spec, record, spread);
      ASSERT_EQ(plan.ok(), fits(spec));
      if (plan.ok()) {
        check_places(spec, plan->record);
        check_spread(spec, plan->record, spread);
        check_moves(record, *plan);
        record = plan->record;
        const auto again = plan_filters(spec, record, spread);
        ASSERT_TRUE(again.ok());
        EXPECT_EQ(again->record, record);
        EXPECT_TRUE(again->moved.empty());
      }
      generator.edit(spec);
    }
  }
}

/// A record that no plan made (edited by hand, from another release) still gives a good plan.
TEST(PlanFiltersProperty, AnyRecordWillDo) {
  for (std::uint32_t seed = 0; seed < kPropertyCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Generator generator(seed);
    api::BridgeSpec spec;
    spec.shards = 1 + generator.below(8);
    for (int more = generator.below(6); more > 0; --more) generator.edit(spec);
    api::ShardRecord record;
    for (const std::string& filter : exclusive_filters(spec)) {
      if (generator.below(3) != 0) record.filters[filter] = generator.below(10) - 1;
    }
    for (const std::string& name : shared_routes(spec)) {
      for (int more = generator.below(4); more > 0; --more) {
        record.shared[name].push_back(generator.below(10) - 1);
      }
    }
    const auto plan = plan_filters(spec, record, 1 + generator.below(4));
    ASSERT_EQ(plan.ok(), fits(spec));
    if (plan.ok()) check_places(spec, plan->record);
  }
}

}  // namespace
}  // namespace mkb::planner
