#include "operator/planner/shard_planning.h"

#include <algorithm>
#include <optional>

namespace mkb::planner {
namespace {

const PodRecord* find_pod(const PodTable& pods, std::optional<int> ordinal) {
  const auto found = ordinal ? pods.find(*ordinal) : pods.end();
  return found == pods.end() ? nullptr : &found->second;
}

/// Where a shard is, or is on its way to unless that has become a bad place.
std::optional<int> previous_owner(const PodTable& pods, const ShardHolders& holders) {
  const PodRecord* source = find_pod(pods, holders.source);
  const PodRecord* target = find_pod(pods, holders.target);
  const bool source_alive = source != nullptr && source->state.alive;
  const bool goes_on = target != nullptr && target->stays() && (target->state.accepts || !source_alive);
  return goes_on || !holders.source ? holders.target : holders.source;
}

}  // namespace

Result<FilterPlan> pack_filters(const api::BridgeSpec& spec, const api::ShardRecord& recorded) {
  return plan_filters(spec, recorded, std::max(1, spec.replicas));
}

std::map<int, double> shard_weights(const api::ShardRecord& record) {
  std::map<int, double> weights;
  for (const auto& [filter, shard] : record.filters) weights[shard] += 1;
  for (const auto& [route, shards] : record.shared) {
    for (const int shard : shards) weights[shard] += 1;
  }
  return weights;
}

PodState pod_state(int ordinal, bool alive, bool serves, bool going, int replicas) {
  PodState state;
  state.ordinal = ordinal;
  state.alive = alive;
  state.vacate = going || ordinal >= replicas;
  state.accepts = alive && serves && !state.vacate;
  return state;
}

std::set<int> assigned_without_filters(const View& view) {
  std::set<int> shards;
  for (const PodState& pod : view.pods) {
    if (!pod.assignment) continue;
    for (const api::ShardAssignment& each : pod.assignment->shards) {
      if (!view.shards.contains(each.shard)) shards.insert(each.shard);
    }
  }
  return shards;
}

std::map<int, ShardHolders> all_holders(const PodTable& pods, const std::map<int, double>& shards) {
  std::map<int, ShardHolders> all = find_holders(pods);
  for (const auto& [shard, weight] : shards) {
    ShardHolders& holders = all[shard];
    if (!holders.source && !holders.target) holders.source = find_reported_holder(pods, shard);
  }
  return all;
}

PlacementInput placement_input(const PodTable& pods, const std::map<int, double>& shards,
                               const std::map<int, ShardHolders>& holders) {
  PlacementInput input;
  input.shards = shards;
  for (const auto& [ordinal, record] : pods) {
    if (!record.stays()) continue;
    input.pods.push_back({ordinal, record.state.accepts ? PodRole::kAccepts : PodRole::kKeeps});
  }
  for (const auto& [shard, weight] : shards) {
    const auto previous = previous_owner(pods, holders.at(shard));
    if (previous) input.previous[shard] = *previous;
  }
  return input;
}

PlacementInput final_input(const View& view) {
  PodTable pods;
  for (const PodState& state : view.pods) {
    pods[state.ordinal] = {state, state.assignment.value_or(api::Assignment{}), true};
  }
  return placement_input(pods, view.shards, all_holders(pods, view.shards));
}

Placement final_placement(const View& view) {
  return place_shards(final_input(view));
}

}  // namespace mkb::planner
