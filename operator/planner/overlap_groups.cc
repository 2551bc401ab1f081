#include "operator/planner/overlap_groups.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

namespace mkb::planner {
namespace {

/// Disjoint sets of indices; the smallest index of a set stands for it.
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t size) : parents_(size) {
    std::iota(parents_.begin(), parents_.end(), std::size_t{0});
  }

  std::size_t find(std::size_t index) {
    while (parents_[index] != index) {
      parents_[index] = parents_[parents_[index]];
      index = parents_[index];
    }
    return index;
  }

  void unite(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    parents_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parents_;
};

/// The filters as a tree of levels, compared with itself: only what can overlap so far is followed, so that
/// filters that differ in a literal level are never compared. Filters may have tens of thousands of levels,
/// hence no recursion.
class FilterTree {
 public:
  explicit FilterTree(const std::vector<std::string>& filters) : sets_(filters.size()), nodes_(1) {
    for (std::size_t index = 0; index < filters.size(); ++index) add(filters[index], index);
    const auto empty = nodes_[kRoot].literals.find("");
    if (empty != nodes_[kRoot].literals.end()) empty_level_ = empty->second;
    open_.emplace_back(kRoot, kRoot);
    while (!open_.empty()) {
      const auto [a, b] = open_.back();
      open_.pop_back();
      compare(a, b);
    }
  }

  std::size_t group_of(std::size_t filter) { return sets_.find(filter); }

 private:
  static constexpr std::size_t kRoot = 0;

  struct Node {
    std::map<std::string_view, std::size_t> literals;
    std::optional<std::size_t> plus;    ///< the child of level `+`
    std::optional<std::size_t> filter;  ///< that ends here
    std::optional<std::size_t> hash;    ///< the filter that goes on with `#` and ends
    std::size_t first = 0;              ///< a filter of this node or below
    bool united = false;                ///< all filters of this node and below are in one set
  };

  void add(std::string_view filter, std::size_t index) {
    std::size_t at = kRoot;
    for (bool more = true; more;) {
      const std::size_t slash = filter.find('/');
      const std::string_view level = filter.substr(0, slash);
      more = slash != std::string_view::npos;
      if (more) filter.remove_prefix(slash + 1);
      if (level == "#") {
        nodes_[at].hash = index;
        return;
      }
      at = child(at, level, index);
    }
    nodes_[at].filter = index;
  }

  std::size_t child(std::size_t at, std::string_view level, std::size_t index) {
    const std::size_t made = nodes_.size();
    std::size_t next = made;
    if (level == "+") {
      if (!nodes_[at].plus) nodes_[at].plus = made;
      next = *nodes_[at].plus;
    } else {
      next = nodes_[at].literals.emplace(level, made).first->second;
    }
    if (next == made) nodes_.emplace_back().first = index;
    return next;
  }

  /// Wildcards do not match a first level that starts with `$` [MQTT-4.7.2-1].
  static bool wildcard_matches(std::size_t parent, std::string_view literal) {
    return parent != kRoot || literal.substr(0, 1) != "$";
  }

  /// Two nodes whose levels so far can be the same topic's.
  void compare(std::size_t a, std::size_t b) {
    const Node& one = nodes_[a];
    const Node& two = nodes_[b];
    if (one.filter && two.filter) sets_.unite(*one.filter, *two.filter);
    if (one.hash) unite_all(*one.hash, b, a != empty_level_);
    if (two.hash && a != b) unite_all(*two.hash, a, b != empty_level_);
    if (one.plus && two.plus) open_.emplace_back(*one.plus, *two.plus);
    if (one.plus) compare_plus(*one.plus, b);
    if (two.plus && a != b) compare_plus(*two.plus, a);
    const bool fewer = one.literals.size() <= two.literals.size();
    const auto& lookup = (fewer ? two : one).literals;
    for (const auto& [level, node] : (fewer ? one : two).literals) {
      const auto found = lookup.find(level);
      if (found != lookup.end()) open_.emplace_back(node, found->second);
    }
  }

  void compare_plus(std::size_t plus, std::size_t with) {
    for (const auto& [level, node] : nodes_[with].literals) {
      if (wildcard_matches(with, level)) open_.emplace_back(plus, node);
    }
  }

  /// `hash` overlaps every filter below `top`, and also one that ends there.
  void unite_all(std::size_t hash, std::size_t top, bool with_top) {
    std::vector<std::size_t> below = {top};
    while (!below.empty()) {
      const std::size_t at = below.back();
      below.pop_back();
      Node& node = nodes_[at];
      if (node.united) {
        sets_.unite(hash, node.first);
        continue;
      }
      const bool whole = at != top || with_top;
      // A tree with `$` topics is never one set because of a `#` at its top.
      node.united = at != kRoot && whole;
      if (node.filter && whole) sets_.unite(hash, *node.filter);
      if (node.hash) sets_.unite(hash, *node.hash);
      if (node.plus) below.push_back(*node.plus);
      for (const auto& [level, next] : node.literals) {
        if (wildcard_matches(at, level)) below.push_back(next);
      }
    }
  }

  DisjointSets sets_;
  std::vector<Node> nodes_;
  /// The node of an empty first level: `/#` would include its parent, but no topic is empty.
  std::optional<std::size_t> empty_level_;
  std::vector<std::pair<std::size_t, std::size_t>> open_;  ///< pairs of nodes to compare
};

}  // namespace

std::vector<std::vector<std::string>> group_by_overlap(const std::vector<std::string>& filters) {
  FilterTree tree(filters);
  std::map<std::size_t, std::vector<std::string>> groups;
  for (std::size_t index = 0; index < filters.size(); ++index) {
    groups[tree.group_of(index)].push_back(filters[index]);
  }
  std::vector<std::vector<std::string>> all;
  all.reserve(groups.size());
  for (auto& [first, group] : groups) all.push_back(std::move(group));
  return all;
}

}  // namespace mkb::planner
