#include "api/filter_section.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "api/sample_bridge.h"
#include "mqtt/topic_filter.h"

namespace mkb::api {
namespace {

std::string two_routes(const std::string& first, const std::string& second) {
  return "- {name: one, filters: [" + first + "], topic: t, key: k}\n- {name: two, filters: [" + second +
         "], topic: t, key: k}";
}

TEST(FilterSection, WarnsOfFiltersThatAnotherCovers) {
  EXPECT_EQ(
      warnings_of(bridge_with_route("filters:\n- a/b\n- 'a/#'\n- a/+\n- b/c")),
      "f:8:7: warning: spec.mqttToKafka[0].filters[0]: \"a/b\" is covered by \"a/#\"; leave it out: a route "
      "takes "
      "a message once\n"
      "f:10:7: warning: spec.mqttToKafka[0].filters[2]: \"a/+\" is covered by \"a/#\"; leave it out: a route "
      "takes a message once\n");
  EXPECT_EQ(warnings_of(bridge_with_route("filters: [a/+/c, a/b/+]")), "");
  EXPECT_EQ(warnings_of(bridge_with_routes(two_routes("'a/#'", "a/b"))), "");
}

TEST(FilterSection, Version311RefusesOverlapsThatAreNoCover) {
  EXPECT_EQ(
      problems_of(bridge_with_route("filters: [a/+/c, a/b/+]", "3.1.1")),
      "f:7:22: spec.mqttToKafka[0].filters[1]: \"a/b/+\" overlaps \"a/+/c\" "
      "(spec.mqttToKafka[0].filters[0]), "
      "and MQTT 3.1.1 cannot tell the copies of a message apart; use version 5, or one filter that covers "
      "both\n");
  EXPECT_EQ(problems_of(bridge_with_routes(two_routes("x, +/b", "y, a/+"), "3.1.1")),
            "f:7:30: spec.mqttToKafka[1].filters[1]: \"a/+\" overlaps \"+/b\" "
            "(spec.mqttToKafka[0].filters[1]), and "
            "MQTT 3.1.1 cannot tell the copies of a message apart; use version 5, or one filter that covers "
            "both\n");
}

TEST(FilterSection, Version311AllowsTheRest) {
  EXPECT_EQ(problems_of(bridge_with_route("filters: ['a/#', a/b, a/+/c]", "3.1.1")), "");
  EXPECT_EQ(problems_of(bridge_with_route("filters: [a/+/c, b/+/c, a/b]", "3.1.1")), "");
  EXPECT_EQ(problems_of(bridge_with_routes(two_routes("a/+", "a/+"), "3.1.1")), "");
  EXPECT_EQ(problems_of(bridge_with_routes(two_routes("'#'", "$SYS/+/x"), "3.1.1")), "");
  EXPECT_EQ(problems_of(bridge_with_route("filters: [a/+/c, a/b/+]", "5")), "");
}

TEST(FilterSection, FindsWhatTryingEveryPairFinds) {
  static constexpr std::string_view kLevels[] = {"a", "b", "+", "", "$x"};
  std::mt19937 random(5);
  for (int round = 0; round < 2'000; ++round) {
    std::set<std::string> distinct;
    for (auto count = 1 + random() % 8; count > 0; --count) {
      std::string filter(kLevels[random() % std::size(kLevels)]);
      for (auto more = random() % 4; more > 0; --more) filter += "/" + std::string(kLevels[random() % 4]);
      if (random() % 3 == 0) filter += "/#";
      if (!filter.empty()) distinct.insert(filter);
    }
    if (random() % 8 == 0) distinct.insert("#");
    if (distinct.empty()) continue;
    const std::vector<std::string> filters(distinct.begin(), distinct.end());
    std::string lines = "filters:";
    std::size_t overlapping = 0;
    std::size_t covered = 0;
    for (std::size_t i = 0; i < filters.size(); ++i) {
      lines += "\n- '" + filters[i] + "'";
      const auto conflicts = [&](const std::string& other) {
        return mqtt::overlaps(other, filters[i]) && !mqtt::covers(other, filters[i]) &&
               !mqtt::covers(filters[i], other);
      };
      const auto covers = [&](const std::string& other) {
        return other != filters[i] && mqtt::covers(other, filters[i]);
      };
      const auto here = filters.begin() + static_cast<std::ptrdiff_t>(i);
      overlapping += std::any_of(filters.begin(), here, conflicts) ? 1 : 0;
      covered += std::any_of(filters.begin(), filters.end(), covers) ? 1 : 0;
    }
    const ParseOutcome outcome = parse_bridge(bridge_with_route(lines, "3.1.1"), "f");
    ASSERT_EQ(outcome.problems.size(), overlapping) << lines << "\n" << render(outcome.problems);
    ASSERT_EQ(outcome.warnings.size(), covered) << lines << "\n" << render(outcome.warnings);
  }
}

std::string bridge_with_filters(std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    if (i % 500 == 0) lines += "- name: r" + number + "\n  topic: t\n  key: k\n  filters:\n";
    lines += "  - f/" + number + "/+/x\n";
  }
  return bridge_with_routes(lines, "3.1.1");
}

TEST(FilterSection, TakesThousandsOfFilters) {
  EXPECT_EQ(problems_of(bridge_with_filters(kMaxFilters)), "");
}

TEST(FilterSection, RefusesTooMany) {
  EXPECT_EQ(
      problems_of(bridge_with_filters(kMaxFilters + 1)),
      "f:6:3: spec.mqttToKafka: 10001 filters; at most 10000 are supported; filters with + or # take many "
      "topics\n");
}

TEST(FilterSection, StopsWhenNobodyWouldReadOn) {
  std::string lines = "topic: t\nfilters:";
  for (int i = 0; i < 2000; ++i)
    lines += "\n- +/" + std::to_string(i) + "/+\n- f/" + std::to_string(i) + "/+/#";
  const auto outcome = parse_bridge(bridge_with_route(lines, "3.1.1"), "f");
  EXPECT_EQ(outcome.problems.size(), Report::kMostKept);
}

}  // namespace
}  // namespace mkb::api
