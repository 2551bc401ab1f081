#include "operator/planner/shard_holders.h"

#include <cstdint>
#include <tuple>

namespace mkb::planner {
namespace {

int rank(api::ShardDuty duty) {
  switch (duty) {
    case api::ShardDuty::kOwn:
      return 3;
    case api::ShardDuty::kRelease:
      return 2;
    case api::ShardDuty::kEnd:
      return 1;
    case api::ShardDuty::kPrepare:
      break;
  }
  return 0;
}

/// The greatest has the shard.
using Claim = std::tuple<int, bool, std::uint64_t, int>;

Claim claim(const PodRecord& pod, api::ShardDuty duty) {
  return {rank(duty), pod.state.alive, pod.assignment.epoch, -pod.state.ordinal};
}

}  // namespace

std::map<int, ShardHolders> find_holders(const PodTable& pods) {
  struct Claims {
    std::optional<Claim> source;
    std::optional<Claim> target;
  };
  std::map<int, Claims> claims;
  for (const auto& [ordinal, pod] : pods) {
    for (const auto& [shard, duty, established] : pod.assignment.shards) {
      Claims& of_shard = claims[shard];
      auto& best = duty == api::ShardDuty::kPrepare ? of_shard.target : of_shard.source;
      const Claim mine = claim(pod, duty);
      if (!best || *best < mine) best = mine;
    }
  }
  std::map<int, ShardHolders> holders;
  for (const auto& [shard, best] : claims) {
    ShardHolders& of_shard = holders[shard];
    if (best.source) of_shard.source = -std::get<3>(*best.source);
    if (best.target) of_shard.target = -std::get<3>(*best.target);
  }
  return holders;
}

std::optional<int> find_reported_holder(const PodTable& pods, int shard) {
  for (const auto& [ordinal, pod] : pods) {
    if (pod.state.alive && pod.holds(shard)) return ordinal;
  }
  return std::nullopt;
}

std::set<int> find_established(const PodTable& pods) {
  std::set<int> established;
  for (const auto& [ordinal, pod] : pods) {
    for (const api::ShardAssignment& each : pod.assignment.shards) {
      if (each.established) established.insert(each.shard);
    }
    if (pod.state.report) established.insert(pod.state.report->held.begin(), pod.state.report->held.end());
  }
  return established;
}

}  // namespace mkb::planner
