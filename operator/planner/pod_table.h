#pragma once

#include <algorithm>
#include <map>
#include <optional>

#include "api/assignment.h"
#include "operator/planner/handoff_view.h"

namespace mkb::planner {

/// A pod of a View together with the assignment that it has as far as this operator knows.
struct PodRecord {
  PodState state;
  api::Assignment assignment;  ///< the last one written, even when the view still shows an older one
  bool seen = false;           ///< the view shows `assignment`, so the pod can know it

  [[nodiscard]] std::optional<api::ShardDuty> duty(int shard) const {
    const auto found = std::find_if(assignment.shards.begin(), assignment.shards.end(),
                                    [shard](const auto& each) { return each.shard == shard; });
    if (found == assignment.shards.end()) return std::nullopt;
    return found->duty;
  }

  /// It may hold shards from now on.
  [[nodiscard]] bool stays() const { return state.alive && !state.vacate; }

  [[nodiscard]] bool holds(int shard) const {
    if (!state.report) return false;
    const auto& held = state.report->held;
    return std::find(held.begin(), held.end(), shard) != held.end();
  }
};

using PodTable = std::map<int, PodRecord>;

}  // namespace mkb::planner
