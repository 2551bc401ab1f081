#include "cli/plan/shard_scenario.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "operator/planner/shard_planning.h"

namespace mkb::cli {

ShardScenario::ShardScenario(api::BridgeSpec spec, api::ShardRecord recorded,
                             std::map<int, api::Assignment> assigned, bool record_known)
    : spec_(std::move(spec)),
      record_(std::move(recorded)),
      assigned_(std::move(assigned)),
      record_known_(record_known) {}

Result<ShardPlan> ShardScenario::scale_to(int replicas) {
  spec_.replicas = replicas;
  auto packed = planner::pack_filters(spec_, record_);
  if (!packed) return packed.error();
  ShardPlan plan;
  plan.replicas = replicas;
  plan.record = record_ = std::move(packed->record);
  plan.filter_moves = std::move(packed->moved);

  planner::View view = view_of(replicas);
  view.shards = planner::shard_weights(plan.record);
  const std::set<int> bare = planner::assigned_without_filters(view);
  if (!record_known_) spared_ = bare;
  record_known_ = true;
  std::set_difference(bare.begin(), bare.end(), spared_.begin(), spared_.end(),
                      std::inserter(plan.ended, plan.ended.end()));
  for (const int shard : spared_) view.shards.emplace(shard, 1);
  plan.weights = view.shards;
  // Without pods nothing moves: the assignments stay for those that come next.
  if (replicas == 0) return plan;

  const std::map<int, int> before = planner::final_input(view).previous;
  // Those that are there first, or the first one; then all others join together.
  if (assigned_.empty()) assigned_[0];
  place(plan.weights, replicas);
  for (int ordinal = 0; ordinal < replicas; ++ordinal) assigned_[ordinal];
  place(plan.weights, replicas);
  assigned_.erase(assigned_.lower_bound(replicas), assigned_.end());
  for (const auto& [ordinal, assignment] : assigned_) {
    for (const api::ShardAssignment& each : assignment.shards) plan.owners[each.shard] = ordinal;
  }
  for (const auto& [shard, owner] : plan.owners) {
    const auto had = before.find(shard);
    if (had == before.end()) {
      plan.moves.push_back({shard, std::nullopt, owner});
    } else if (had->second != owner) {
      plan.moves.push_back({shard, had->second, owner});
    }
  }
  return plan;
}

planner::View ShardScenario::view_of(int replicas) const {
  planner::View view;
  for (const auto& [ordinal, assignment] : assigned_) {
    planner::PodState state = planner::pod_state(ordinal, true, true, false, replicas);
    state.assignment = assignment;
    view.pods.push_back(std::move(state));
  }
  return view;
}

void ShardScenario::place(const std::map<int, double>& shards, int replicas) {
  planner::View view = view_of(replicas);
  view.shards = shards;
  const planner::Placement placement = planner::final_placement(view);
  for (auto& [ordinal, assignment] : assigned_) assignment.shards.clear();
  for (const auto& [shard, owner] : placement.owners) {
    assigned_[owner].shards.push_back({shard, api::ShardDuty::kOwn});
  }
}

int count_moves(const ShardPlan& plan) {
  return static_cast<int>(
      std::count_if(plan.moves.begin(), plan.moves.end(),
                    [](const planner::ShardMove& move) { return move.from.has_value(); }));
}

std::optional<MoveBound> move_bound(const ShardPlan& plan, int from) {
  const int to = plan.replicas;
  if (from <= 0 || to <= from || plan.weights.empty()) return std::nullopt;
  MoveBound bound;
  const int joining = to - from;
  bound.share = static_cast<double>(joining) / to;
  double total = 0;
  const auto heaviest = std::max_element(plan.weights.begin(), plan.weights.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
  for (const auto& [shard, weight] : plan.weights) total += weight;
  const bool equal = std::all_of(plan.weights.begin(), plan.weights.end(),
                                 [&](const auto& each) { return each.second == heaviest->second; });
  if (equal) {
    bound.shards = static_cast<int>(plan.weights.size()) * joining / to + joining;
  } else if (heaviest->second > total / to / 10) {
    bound.too_heavy = heaviest->first;
  }
  return bound;
}

}  // namespace mkb::cli
