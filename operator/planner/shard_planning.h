#pragma once

#include <map>
#include <set>

#include "api/bridge_spec.h"
#include "api/shard_record.h"
#include "base/result.h"
#include "operator/planner/filter_planner.h"
#include "operator/planner/handoff_view.h"
#include "operator/planner/placement.h"
#include "operator/planner/pod_table.h"
#include "operator/planner/shard_holders.h"

namespace mkb::planner {

/// From a resource and what is known of its pods to what place_shards() and Handoff decide by. The operator
/// and programs that foretell it share these, so that they agree. Pure.

/// plan_filters() with Shared routes spread over as many shards as spec.replicas.
Result<FilterPlan> pack_filters(const api::BridgeSpec& spec, const api::ShardRecord& recorded);

/// The shards that carry filters, with the number of their filters as weight.
std::map<int, double> shard_weights(const api::ShardRecord& record);

/// What a pod may be asked to do among `replicas` pods: those beyond are vacated, and so is the one that is
/// to be made anew or is going. It gets shards when it `serves`, that is, has routes in use.
PodState pod_state(int ordinal, bool alive, bool serves, bool going, int replicas);

/// Shards that are assigned in `view` though they carry none of its filters.
std::set<int> assigned_without_filters(const View& view);

/// Who has a shard: of those in an assignment, and of those of `shards` that a pod reports to hold.
std::map<int, ShardHolders> all_holders(const PodTable& pods, const std::map<int, double>& shards);

/// What place_shards() is asked, given who has a shard (all_holders).
PlacementInput placement_input(const PodTable& pods, const std::map<int, double>& shards,
                               const std::map<int, ShardHolders>& holders);

/// The same of a view that shows everything that was written.
PlacementInput final_input(const View& view);

/// Where the steps of a Handoff from `view` lead, when nothing else happens meanwhile and pods obey.
Placement final_placement(const View& view);

}  // namespace mkb::planner
