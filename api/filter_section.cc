#include "api/filter_section.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "api/quote.h"
#include "mqtt/topic_filter.h"

namespace mkb::api {
namespace {

bool has_wildcard(std::string_view filter) {
  return filter.find_first_of("+#") != std::string_view::npos;
}

std::optional<std::string> read_filter(const Field& field) {
  auto text = field.filled_text();
  if (!text) return std::nullopt;
  if (text->starts_with("$share/")) {
    field.problem("a shared subscription in a filter",
                  "write the filter alone, and sharding: Shared in the route");
    return std::nullopt;
  }
  if (const char* wrong = mqtt::topic_filter_problem(*text)) {
    field.problem(in_quotes(*text) + " " + wrong, "");
    return std::nullopt;
  }
  return text;
}

// The levels before the first wildcard, each with its slash. What two filters have in common has the literal
// start of both, so one filter's start begins with the other's.
std::string_view literal_start(std::string_view filter) {
  std::size_t start = 0;
  while (start < filter.size()) {
    const std::size_t slash = filter.find('/', start);
    if (has_wildcard(filter.substr(start, slash - start)) || slash == std::string_view::npos) break;
    start = slash + 1;
  }
  return filter.substr(0, start);
}

// Filters with wildcards by their literal start: finds those that can overlap a filter without trying each.
class WideFilters {
 public:
  explicit WideFilters(const std::vector<FilterField>& filters) {
    for (std::size_t i = 0; i < filters.size(); ++i) {
      if (has_wildcard(filters[i].filter)) by_start_[literal_start(filters[i].filter)].push_back(i);
    }
  }

  /// Calls `use` with the index of every wide filter whose literal start begins `filter`, until it says true.
  template <class Use>
  void each_around(const std::string& filter, const Use& use) const {
    // `a/#` also matches `a`: with a slash added every level of a filter counts as a possible start.
    const std::string levels = filter + '/';
    const std::size_t longest = has_wildcard(filter) ? literal_start(filter).size() : levels.size();
    for (std::size_t end = 0; end != std::string::npos && end <= longest;) {
      const auto found = by_start_.find(std::string_view(levels).substr(0, end));
      if (found != by_start_.end()) {
        for (const std::size_t index : found->second) {
          if (use(index)) return;
        }
      }
      const std::size_t slash = levels.find('/', end);
      end = slash == std::string::npos ? slash : slash + 1;
    }
  }

 private:
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_start_;
};

void warn_covered(const std::vector<FilterField>& filters) {
  const WideFilters wide(filters);
  for (const FilterField& narrow : filters) {
    wide.each_around(narrow.filter, [&](std::size_t index) {
      const FilterField& other = filters[index];
      if (&other == &narrow || !mqtt::covers(other.filter, narrow.filter)) return false;
      narrow.field.warning(in_quotes(narrow.filter) + " is covered by " + in_quotes(other.filter),
                           "leave it out: a route takes a message once");
      return true;
    });
  }
}

}  // namespace

std::vector<FilterField> read_filters(const Field& field) {
  std::vector<FilterField> filters;
  std::map<std::string, std::string> first_paths;
  for (const Field& item : field.filled_list("filter")) {
    auto filter = read_filter(item);
    if (!filter) continue;
    const auto [first, is_new] = first_paths.emplace(*filter, item.path());
    if (!is_new) {
      item.problem(in_quotes(*filter) + " is given twice", "the first is " + first->second);
      continue;
    }
    filters.push_back({item, std::move(*filter)});
  }
  if (filters.size() <= kMaxFilters) warn_covered(filters);
  return filters;
}

void check_overlaps(const std::vector<FilterField>& filters) {
  const WideFilters wide(filters);
  std::map<std::size_t, std::size_t> first_conflict;  // of a filter, with an earlier one
  for (std::size_t i = 0; i < filters.size() && first_conflict.size() < Report::kMostKept; ++i) {
    // A filter without wildcards is covered by whatever it overlaps with.
    if (!has_wildcard(filters[i].filter)) continue;
    wide.each_around(filters[i].filter, [&](std::size_t j) {
      const std::string& a = filters[i].filter;
      const std::string& b = filters[j].filter;
      if (i == j || !mqtt::overlaps(a, b) || mqtt::covers(a, b) || mqtt::covers(b, a)) return false;
      const auto [first, is_new] = first_conflict.emplace(std::max(i, j), std::min(i, j));
      first->second = std::min(first->second, std::min(i, j));
      return first_conflict.size() >= Report::kMostKept;
    });
  }
  for (const auto& [later, earlier] : first_conflict) {
    filters[later].field.problem(
        in_quotes(filters[later].filter) + " overlaps " + in_quotes(filters[earlier].filter) + " (" +
            filters[earlier].field.path() + "), and MQTT 3.1.1 cannot tell the copies of a message apart",
        "use version 5, or one filter that covers both");
  }
}

}  // namespace mkb::api
