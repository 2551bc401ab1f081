#include "cli/plan/shard_scenario.h"

#include <algorithm>
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
  plan.record = packed->record;
  plan.filter_moves = std::move(packed->moved);

  planner::View view;
  view.shards = plan.weights = planner::shard_weights(plan.record);
  for (int ordinal = 0; ordinal < replicas; ++ordinal) assigned_.try_emplace(ordinal);
  for (const auto& [ordinal, assignment] : assigned_) {
    planner::PodState state = planner::pod_state(ordinal, true, true, false, replicas);
    state.assignment = assignment;
    view.pods.push_back(std::move(state));
  }
  if (!record_known_) spared_ = planner::assigned_without_filters(view);
  record_known_ = true;
  for (const int shard : planner::assigned_without_filters(view)) {
    if (!spared_.contains(shard)) plan.ended.insert(shard);
  }
  for (const int shard : spared_) view.shards.emplace(shard, 1);
  plan.weights = view.shards;
  record_ = plan.record;
  // Without pods nothing moves: the assignments stay for those that come next.
  if (replicas == 0) return plan;
  planner::Placement placement = planner::final_placement(view);
  plan.owners = std::move(placement.owners);
  plan.moves = std::move(placement.moves);
  assigned_.clear();
  for (int ordinal = 0; ordinal < replicas; ++ordinal) assigned_.try_emplace(ordinal);
  for (const auto& [shard, owner] : plan.owners) {
    assigned_[owner].shards.push_back({shard, api::ShardDuty::kOwn});
  }
  return plan;
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
