#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "api/assignment.h"
#include "api/bridge_spec.h"
#include "api/shard_record.h"
#include "base/result.h"
#include "operator/planner/filter_planner.h"
#include "operator/planner/handoff_view.h"
#include "operator/planner/placement.h"

namespace mkb::cli {

/// Where the operator would put every filter and shard of a bridge.
struct ShardPlan {
  int replicas = 0;
  api::ShardRecord record;
  std::map<int, double> weights;                  ///< of the shards that carry filters
  std::map<int, int> owners;                      ///< shard -> ordinal of its pod
  std::vector<planner::ShardMove> moves;          ///< between before and after, ascending by shard
  std::vector<planner::FilterMove> filter_moves;  ///< filters that went to another shard
  std::set<int> ended;                            ///< shards that no longer carry anything
};

/// What docs/design/sharding.md promises of a scaling at most.
struct MoveBound {
  double share = 0;              ///< of all shards, by number or by weight
  std::optional<int> shards;     ///< by number, when all weigh the same
  std::optional<int> too_heavy;  ///< a shard for whose weight nothing is promised
};

/// The bridge's shards from one number of replicas to the next, by the planner of the operator. Every pod
/// that has an assignment is taken for one that runs, and new ones come together (planner::JoiningPods), but
/// for the first one of a new bridge. When one takes longer to start than the operator waits, it may choose
/// other shards.
class ShardScenario {
 public:
  /// Begins with what is recorded and assigned; both are empty for a bridge that is yet to be made.
  /// `record_known`: false keeps assigned shards of which nobody knows the filters, as the operator does.
  ShardScenario(api::BridgeSpec spec, api::ShardRecord recorded, std::map<int, api::Assignment> assigned,
                bool record_known = true);

  /// Plans for so many pods, and goes on from there. Errors: planner::FilterPlanError.
  Result<ShardPlan> scale_to(int replicas);

 private:
  [[nodiscard]] planner::View view_of(int replicas) const;
  /// Assigns the shards anew to the pods there are.
  void place(const std::map<int, double>& shards, int replicas);

  api::BridgeSpec spec_;
  api::ShardRecord record_;
  std::map<int, api::Assignment> assigned_;
  bool record_known_;
  std::set<int> spared_;
};

/// Of a plan that began with `from` pods; none when nothing is promised because nothing was placed before.
std::optional<MoveBound> move_bound(const ShardPlan& plan, int from);

/// Moves of shards that were owned before.
int count_moves(const ShardPlan& plan);

}  // namespace mkb::cli
