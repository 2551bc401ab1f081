#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "api/assignment.h"
#include "base/clock.h"

namespace mkb::planner {

/// A pod as the operator sees it now; maybe late, but never newer and then older again.
struct PodState {
  int ordinal = 0;
  bool alive = false;    ///< it exists and its Lease is fresh by the operator's monotonic clock
  bool accepts = false;  ///< it has routes in use: may be given shards. One without keeps what it has.
  bool vacate = false;   ///< all its shards are to go elsewhere (scale down, rolling restart)
  std::optional<api::PodReport> report;
  std::optional<api::Assignment> assignment;  ///< content of its ConfigMap; none: there is no such object
};

/// What there is. It holds every ordinal that has a pod or an assignment ConfigMap.
struct View {
  std::vector<PodState> pods;    ///< each ordinal once, in any order
  std::map<int, double> shards;  ///< the shards that have filters -> weight > 0
  bool ending = false;           ///< the bridge is being deleted: every session is to be ended
};

/// What to do about it.
struct Step {
  std::map<int, api::Assignment> writes;  ///< by ordinal: replace what its ConfigMap holds
  /// The ordinals of `writes`, most urgent first: pods that are given shards, before those that only lose
  /// some. A shard on the move is silent until its new owner hears of it.
  std::vector<int> order;
  std::size_t urgent = 0;  ///< so many of `order` are given shards
  std::set<int> vacated;   ///< ordinals that hold nothing and are assigned nothing
  /// Live ordinals that are to be vacated, but no pod can take their shards. With one replica that stays so:
  /// replace such a pod together with its shards.
  std::set<int> stranded;
  int assigned = 0;                     ///< shards of the view that a live pod is told to own, moving or not
  int moving = 0;                       ///< shards that one pod is told to release and another to prepare
  std::vector<int> lost;                ///< shards whose owner found no session, ascending
  std::set<int> ended;                  ///< shards whose session was ended for good
  bool all_ended = false;               ///< the bridge is ending and no shard is left
  std::optional<Duration> check_again;  ///< step again by then even if the view stays as it is
};

}  // namespace mkb::planner
