#include "operator/planner/placement.h"

#include <algorithm>
#include <set>
#include <utility>

namespace mkb::planner {
namespace {

/// Differences of loads below this share of the whole are rounding.
constexpr double kRounding = 1e-9;

struct Pod {
  double load = 0;
  std::set<std::pair<double, int>> shards;  ///< weight and number: the cheapest is first
};

class Balancer {
 public:
  explicit Balancer(const PlacementInput& input) : input_(input) {
    std::map<int, PodRole> roles;
    for (const PlacementPod& pod : input.pods) {
      roles[pod.ordinal] = pod.role;
      if (pod.role == PodRole::kAccepts) pods_[pod.ordinal];
    }
    for (const auto& [shard, weight] : input.shards) {
      const auto previous = input.previous.find(shard);
      const auto role = previous == input.previous.end() ? roles.end() : roles.find(previous->second);
      if (role == roles.end() || role->second == PodRole::kLeaves) {
        homeless_.emplace_back(weight, shard);
      } else if (role->second == PodRole::kAccepts) {
        give(shard, weight, pods_[role->first]);
      } else {
        owners_[shard] = role->first;
      }
    }
  }

  std::map<int, int> run() {
    if (pods_.empty()) {
      stay();
    } else {
      spread();
      while (move_one()) {
      }
    }
    for (const auto& [ordinal, pod] : pods_) {
      for (const auto& [weight, shard] : pod.shards) owners_[shard] = ordinal;
    }
    return std::move(owners_);
  }

 private:
  void give(int shard, double weight, Pod& pod) {
    pod.shards.emplace(weight, shard);
    pod.load += weight;
    total_ += weight;
  }

  void stay() {
    for (const auto& [weight, shard] : homeless_) {
      const auto previous = input_.previous.find(shard);
      if (previous != input_.previous.end()) owners_[shard] = previous->second;
    }
  }

  void spread() {
    std::sort(homeless_.begin(), homeless_.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    for (const auto& [weight, shard] : homeless_) give(shard, weight, lightest());
  }

  Pod& lightest() {
    return std::min_element(pods_.begin(), pods_.end(),
                            [](const auto& a, const auto& b) { return a.second.load < b.second.load; })
        ->second;
  }

  bool move_one() {
    const double mean = total_ / static_cast<double>(pods_.size());
    const double rounding = total_ * kRounding;
    Pod& to = lightest();
    const bool hungry = to.load < kLightest * mean - rounding;
    Pod* from = nullptr;
    for (auto& [ordinal, pod] : pods_) {
      const bool gives = hungry || pod.load > kHeaviest * mean + rounding;
      if (!gives || pod.shards.empty() || (from != nullptr && from->load >= pod.load)) continue;
      const bool improves = pod.shards.begin()->first < pod.load - to.load - rounding;
      if (improves) from = &pod;
    }
    if (from == nullptr) return false;
    const auto [weight, shard] = *from->shards.begin();
    from->shards.erase(from->shards.begin());
    from->load -= weight;
    total_ -= weight;
    give(shard, weight, to);
    return true;
  }

  const PlacementInput& input_;
  std::map<int, Pod> pods_;  ///< those that accept
  double total_ = 0;         ///< of all pods_
  std::vector<std::pair<double, int>> homeless_;
  std::map<int, int> owners_;
};

}  // namespace

Placement place_shards(const PlacementInput& input) {
  Placement placement;
  placement.owners = Balancer(input).run();
  for (const auto& [shard, owner] : placement.owners) {
    const auto previous = input.previous.find(shard);
    if (previous == input.previous.end()) {
      placement.moves.push_back({shard, std::nullopt, owner});
    } else if (previous->second != owner) {
      placement.moves.push_back({shard, previous->second, owner});
    }
  }
  return placement;
}

}  // namespace mkb::planner
