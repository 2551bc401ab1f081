#pragma once

#include <map>
#include <optional>
#include <set>

#include "operator/planner/pod_table.h"

namespace mkb::planner {

/// Who has a shard as the assignments stand.
struct ShardHolders {
  std::optional<int> source;  ///< told to own it, or was and now is to release or end it
  std::optional<int> target;  ///< told to prepare for it
};

/// By shard, of all shards that are in an assignment. Half of a step may have been written before an operator
/// died, so more than one pod can have a duty that only one should: an owner comes before one that releases,
/// and that before one that ends; then a live pod, the newer assignment, and the lower ordinal.
std::map<int, ShardHolders> find_holders(const PodTable& pods);

/// A live pod that reports to hold a shard that is in no assignment (its ConfigMap was lost).
std::optional<int> find_reported_holder(const PodTable& pods, int shard);

/// Shards that some pod has, or once had, reported as held: the broker must know their sessions. The
/// assignments remember it.
std::set<int> find_established(const PodTable& pods);

}  // namespace mkb::planner
