#include "mqtt/filter_matcher.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "mqtt/topic_filter.h"

namespace mkb::mqtt {
namespace {

using Entry = FilterMatcher::Entry;
using Values = std::vector<std::uint32_t>;

FilterMatcher build(const std::vector<Entry>& entries) {
  Result<FilterMatcher> matcher = FilterMatcher::build(entries);
  EXPECT_TRUE(matcher.ok());
  return std::move(matcher).value();
}

Values match(const FilterMatcher& matcher, std::string_view topic) {
  FilterMatcher::Matches matches;
  matcher.match(topic, matches);
  EXPECT_EQ(matches.empty(), matches.values().empty());
  return {matches.values().begin(), matches.values().end()};
}

TEST(FilterMatcher, WithoutFiltersMatchesNothing) {
  EXPECT_TRUE(FilterMatcher().empty());
  EXPECT_EQ(match(FilterMatcher(), "a"), Values());
  EXPECT_EQ(match(build({}), "a"), Values());
}

TEST(FilterMatcher, FindsEveryFilterOfATopic) {
  const FilterMatcher matcher = build({{"a/b", 1}, {"a/+", 2}, {"a/#", 3}, {"#", 4}, {"+/b", 5}, {"b/#", 6}});
  EXPECT_FALSE(matcher.empty());
  EXPECT_EQ(match(matcher, "a/b"), (Values{1, 2, 3, 4, 5}));
  EXPECT_EQ(match(matcher, "a"), (Values{3, 4}));
  EXPECT_EQ(match(matcher, "a/c/d"), (Values{3, 4}));
  EXPECT_EQ(match(matcher, "c"), (Values{4}));
}

TEST(FilterMatcher, ValuesAreDistinctAndAscending) {
  const FilterMatcher matcher = build({{"a", 9}, {"a", 3}, {"+", 9}, {"#", 7}, {"a", 9}});
  EXPECT_EQ(match(matcher, "a"), (Values{3, 7, 9}));
}

TEST(FilterMatcher, WildcardsLeaveDollarTopicsAlone) {
  const FilterMatcher matcher = build({{"#", 1}, {"+/x", 2}, {"$SYS/#", 3}, {"$SYS/+", 4}});
  EXPECT_EQ(match(matcher, "$SYS/x"), (Values{3, 4}));
  EXPECT_EQ(match(matcher, "$SYS"), (Values{3}));
  EXPECT_EQ(match(matcher, "a/$SYS"), (Values{1}));
}

TEST(FilterMatcher, EmptyLevelsAreLevels) {
  const FilterMatcher matcher = build({{"/", 1}, {"+/+", 2}, {"//", 3}, {"a/", 4}, {"a", 5}});
  EXPECT_EQ(match(matcher, "/"), (Values{1, 2}));
  EXPECT_EQ(match(matcher, "//"), (Values{3}));
  EXPECT_EQ(match(matcher, "a/"), (Values{2, 4}));
}

TEST(FilterMatcher, SharedFiltersMatchTheirFilter) {
  const FilterMatcher matcher = build({{"$share/g/a/+", 1}, {"a/b", 2}});
  EXPECT_EQ(match(matcher, "a/b"), (Values{1, 2}));
  EXPECT_EQ(match(matcher, "$share/g/a/b"), Values());
}

TEST(FilterMatcher, RefusesInvalidFilters) {
  const std::vector<Entry> entries = {{"a", 1}, {"a#", 2}};
  const Result<FilterMatcher> matcher = FilterMatcher::build(entries);
  ASSERT_FALSE(matcher.ok());
  EXPECT_TRUE(matcher.error().is(TopicError::kInvalidFilter));
  EXPECT_EQ(matcher.error().message(), "topic filter 'a#' must have # alone in its level [MQTT-4.7.1-1]");
}

TEST(FilterMatcher, ReusedMatchesForgetTheLastTopic) {
  const FilterMatcher matcher = build({{"a", 1}, {"b", 2}});
  FilterMatcher::Matches matches;
  matcher.match("a", matches);
  matcher.match("b", matches);
  ASSERT_EQ(matches.values().size(), 1u);
  EXPECT_EQ(matches.values()[0], 2u);
  matcher.match("c", matches);
  EXPECT_TRUE(matches.empty());
}

TEST(FilterMatcher, DeepFiltersAndTopicsNeedNoStack) {
  std::string deep = "a";
  for (int i = 0; i < 32'000; ++i) {
    deep += "/+";
  }
  std::string topic = "a";
  for (int i = 0; i < 32'000; ++i) {
    topic += "/";
  }
  EXPECT_EQ(match(build({{deep, 1}, {"a/#", 2}}), topic), (Values{1, 2}));
}

class RandomFilters {
 public:
  explicit RandomFilters(std::uint64_t seed) : random_(seed) {}

  std::string filter(int max_levels) {
    std::string text = below(12) == 0 ? "+" : level();
    for (int count = below(max_levels); count > 0; --count) {
      text += "/" + (below(3) == 0 ? "+" : level());
    }
    if (below(5) == 0) {
      return below(6) == 0 ? "#" : text + "/#";
    }
    return text.empty() ? "/" : text;
  }
  std::string topic(int max_levels) {
    std::string text = level();
    for (int count = below(max_levels); count > 0; --count) {
      text += "/" + level();
    }
    return text.empty() ? "/" : text;
  }
  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

 private:
  std::string level() {
    static const char* const kNames[] = {"",         "a", "b", "$x", "long-level-name", "long-level-namf",
                                         "\xc3\xa9", "c"};
    return kNames[below(8)];
  }

  std::mt19937_64 random_;
};

TEST(FilterMatcher, AgreesWithMatchesOnRandomFilters) {
  RandomFilters random(3);
  std::size_t found = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> filters;
    for (int count = random.below(200); count > 0; --count) {
      filters.push_back(random.filter(5));
    }
    std::vector<Entry> entries;
    entries.reserve(filters.size());
    for (const std::string& filter : filters) {
      entries.push_back({filter, static_cast<std::uint32_t>(random.below(50))});
    }
    const FilterMatcher matcher = build(entries);
    FilterMatcher::Matches out;
    for (int i = 0; i < 100; ++i) {
      const std::string topic = random.topic(6);
      std::set<std::uint32_t> expected;
      for (const Entry& entry : entries) {
        if (matches(entry.filter, topic)) {
          expected.insert(entry.value);
        }
      }
      matcher.match(topic, out);
      ASSERT_EQ(std::set<std::uint32_t>(out.values().begin(), out.values().end()), expected) << topic;
      ASSERT_EQ(out.values().size(), expected.size());
      ASSERT_TRUE(std::is_sorted(out.values().begin(), out.values().end()));
      found += expected.size();
    }
  }
  EXPECT_GT(found, 30'000u);
}

}  // namespace
}  // namespace mkb::mqtt
