#include "operator/planner/overlap_groups.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <utility>

#include "mqtt/topic_filter.h"

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

}  // namespace

std::vector<std::vector<std::string>> group_by_overlap(const std::vector<std::string>& filters) {
  DisjointSets sets(filters.size());
  for (std::size_t a = 0; a < filters.size(); ++a) {
    for (std::size_t b = a + 1; b < filters.size(); ++b) {
      if (sets.find(a) != sets.find(b) && mqtt::overlaps(filters[a], filters[b])) sets.unite(a, b);
    }
  }
  std::map<std::size_t, std::vector<std::string>> groups;
  for (std::size_t index = 0; index < filters.size(); ++index) {
    groups[sets.find(index)].push_back(filters[index]);
  }
  std::vector<std::vector<std::string>> all;
  all.reserve(groups.size());
  for (auto& [first, group] : groups) all.push_back(std::move(group));
  return all;
}

}  // namespace mkb::planner
