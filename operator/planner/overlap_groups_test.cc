#include "operator/planner/overlap_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "mqtt/topic_filter.h"
#include "operator/planner/property_cases.h"

namespace mkb::planner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Filters = std::vector<std::string>;
using Groups = std::vector<Filters>;

TEST(GroupByOverlap, OfNothingIsNothing) {
  EXPECT_THAT(group_by_overlap({}), IsEmpty());
}

TEST(GroupByOverlap, JoinsThroughOthers) {
  EXPECT_THAT(group_by_overlap({"+/1", "a/1", "b/1", "c/2"}),
              ElementsAre(ElementsAre("+/1", "a/1", "b/1"), ElementsAre("c/2")));
}

TEST(GroupByOverlap, AHashIncludesItsParent) {
  EXPECT_THAT(group_by_overlap({"a", "a/#", "a/b/c", "ab"}),
              ElementsAre(ElementsAre("a", "a/#", "a/b/c"), ElementsAre("ab")));
}

TEST(GroupByOverlap, WildcardsLeaveDollarTopicsAlone) {
  EXPECT_THAT(group_by_overlap({"#", "$SYS/#", "$SYS/a", "+/a", "x/$SYS"}),
              ElementsAre(ElementsAre("#", "+/a", "x/$SYS"), ElementsAre("$SYS/#", "$SYS/a")));
}

TEST(GroupByOverlap, EmptyLevelsAreLevels) {
  EXPECT_THAT(group_by_overlap({"+", "/", "/a", "a/"}),
              ElementsAre(ElementsAre("+"), ElementsAre("/"), ElementsAre("/a"), ElementsAre("a/")));
  EXPECT_THAT(group_by_overlap({"+", "/#"}), ElementsAre(ElementsAre("+"), ElementsAre("/#")));
  EXPECT_THAT(group_by_overlap({"+/+", "/"}), ElementsAre(ElementsAre("+/+", "/")));
}

TEST(GroupByOverlap, TakesTheLongestFilters) {
  const std::string slashes(60'000, '/');
  EXPECT_THAT(group_by_overlap({"#", slashes, slashes + "a", slashes + "b"}).size(), 1u);
  EXPECT_THAT(group_by_overlap({slashes, slashes + "+", slashes + "a"}).size(), 1u);
}

/// Every pair compared, as it is defined.
Groups compared(const Filters& filters) {
  std::vector<std::size_t> group(filters.size());
  for (std::size_t index = 0; index < filters.size(); ++index) group[index] = index;
  for (std::size_t a = 0; a < filters.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (!mqtt::overlaps(filters[a], filters[b]) || group[a] == group[b]) continue;
      const std::size_t from = std::max(group[a], group[b]);
      std::replace(group.begin(), group.end(), from, std::min(group[a], group[b]));
    }
  }
  Groups groups;
  for (std::size_t first = 0; first < filters.size(); ++first) {
    Filters members;
    for (std::size_t index = 0; index < filters.size(); ++index) {
      if (group[index] == first) members.push_back(filters[index]);
    }
    if (!members.empty()) groups.push_back(members);
  }
  return groups;
}

TEST(GroupByOverlap, AgreesWithComparingEveryPair) {
  static const Filters kLevels = {"a", "b", "c", "", "+", "$x"};
  for (std::uint32_t seed = 0; seed < kPropertyCases && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::set<std::string> filters;
    for (auto count = random() % 12; count > 0; --count) {
      std::string filter = kLevels[random() % kLevels.size()];
      for (auto more = random() % 4; more > 0; --more) filter += "/" + kLevels[random() % kLevels.size()];
      if (random() % 10 == 0) filter += "/#";
      filters.insert(filter.empty() ? "#" : filter);
    }
    const Filters sorted(filters.begin(), filters.end());
    EXPECT_EQ(group_by_overlap(sorted), compared(sorted)) << testing::PrintToString(sorted);
  }
}

}  // namespace
}  // namespace mkb::planner
