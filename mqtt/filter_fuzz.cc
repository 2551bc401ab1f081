#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt/filter_matcher.h"
#include "mqtt/topic_filter.h"

// Input: lines. Those that are topic names are topics; those that are subscription filters are filters, and a
// line without wildcards is both. Matching, the matcher, overlaps and covers must tell one story.

namespace mkb::mqtt {
namespace {

constexpr std::size_t kMaxLines = 16;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kMaxLines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void check_validation(std::string_view line) {
  require(validate_topic_name(line).ok() == is_topic_name(line));
  require(validate_topic_filter(line).ok() == is_topic_filter(line));
  require(parse_subscription_filter(line).ok() == (subscription_filter_problem(line) == nullptr));
  if (is_topic_name(line)) {
    require(is_topic_filter(line) && matches(line, line));
  }
}

void check_matcher(const std::vector<std::string_view>& filters,
                   const std::vector<std::string_view>& topics) {
  std::vector<FilterMatcher::Entry> entries;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    entries.push_back({filters[i], static_cast<std::uint32_t>(i)});
  }
  // Only whole lines that begin with $share/ have been stripped, so what is left may look like one again.
  std::erase_if(entries, [](const auto& entry) { return entry.filter.starts_with("$share/"); });
  const Result<FilterMatcher> matcher = FilterMatcher::build(entries);
  require(matcher.ok());
  FilterMatcher::Matches found;
  for (const std::string_view topic : topics) {
    std::vector<std::uint32_t> expected;
    for (const auto& entry : entries) {
      if (matches(entry.filter, topic)) {
        expected.push_back(entry.value);
      }
    }
    matcher->match(topic, found);
    require(std::equal(expected.begin(), expected.end(), found.values().begin(), found.values().end()));
  }
}

/// A topic that belongs to the filter: wildcards become a name of their own.
std::string some_topic_of(std::string_view filter) {
  std::string topic(filter);
  for (char& character : topic) {
    character = character == '+' || character == '#' ? 'w' : character;
  }
  return topic;
}

void check_relations(std::string_view a, std::string_view b, const std::vector<std::string_view>& topics) {
  const bool both = overlaps(a, b);
  const bool all = covers(a, b);
  require(both == overlaps(b, a));
  require(!all || both);
  require(overlaps(a, a) && covers(a, a));
  require(matches(a, some_topic_of(a)));
  if (all) {
    require(matches(a, some_topic_of(b)));
  }
  if (is_topic_name(b)) {
    require(both == matches(a, b) && all == both);
  }
  for (const std::string_view topic : topics) {
    const bool in_a = matches(a, topic);
    const bool in_b = matches(b, topic);
    require(both || !(in_a && in_b));
    require(!all || in_a || !in_b);
  }
}

}  // namespace
}  // namespace mkb::mqtt

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mkb::mqtt;
  std::vector<std::string_view> filters;
  std::vector<std::string_view> topics;
  for (const std::string_view line : lines_of({reinterpret_cast<const char*>(data), size})) {
    check_validation(line);
    if (is_topic_name(line)) {
      topics.push_back(line);
    }
    if (const auto parsed = parse_subscription_filter(line); parsed.ok()) {
      filters.push_back(parsed->filter);
    }
  }
  check_matcher(filters, topics);
  for (const std::string_view a : filters) {
    for (const std::string_view b : filters) {
      check_relations(a, b, topics);
    }
  }
  return 0;
}
