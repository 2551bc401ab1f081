#pragma once

#include <string>
#include <vector>

#include "api/bridge_spec.h"
#include "api/shard_record.h"
#include "base/result.h"

namespace mkb::planner {

enum class FilterPlanError {
  kShardsExhausted = 1,  ///< spec.shards has no room for a Shared route or for the Exclusive ones
};

struct FilterMove {
  std::string filter;
  int from = 0;
  int to = 0;

  bool operator==(const FilterMove&) const = default;
};

struct FilterPlan {
  api::ShardRecord record;        ///< what to record and to assign by
  std::vector<FilterMove> moved;  ///< Exclusive filters recorded elsewhere, ascending by filter
};

/// Decides which shard carries which filter of `spec`, moving as little as it can of what `recorded` says.
/// `spread` is over how many shards (that is, pods) a Shared route is to go, at least 1. Pure.
///
/// - Exclusive filters that overlap, directly or through others, share a shard, so that the broker keeps the
///   order of what they both match. Such a group stays on the shard where most of its filters are recorded
///   (the lowest of several); a new one goes to the shard with the fewest filters.
/// - A Shared route has min(spread, free) shards without any other filter and at least one. It keeps those
///   that it has when `spread` shrinks, and gives one of several back when a route would have none.
/// - When every shard has filters and a Shared route none, the shard with the fewest filters is cleared for
/// it
///   and its filters move.
/// - Filters and routes that `spec` no longer has leave the record.
///
/// Planning again with the result as `recorded` changes nothing. `spec` has been validated.
Result<FilterPlan> plan_filters(const api::BridgeSpec& spec, const api::ShardRecord& recorded, int spread);

}  // namespace mkb::planner
