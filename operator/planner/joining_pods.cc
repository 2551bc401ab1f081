#include "operator/planner/joining_pods.h"

#include <algorithm>

namespace mkb::planner {
namespace {

bool has_shards(const PodState& pod) {
  return pod.assignment && !pod.assignment->shards.empty();
}

bool every_shard_is_alive(const View& view) {
  std::set<int> alive;
  for (const PodState& pod : view.pods) {
    if (!pod.alive || !pod.assignment) continue;
    for (const api::ShardAssignment& each : pod.assignment->shards) alive.insert(each.shard);
  }
  return std::all_of(view.shards.begin(), view.shards.end(),
                     [&alive](const auto& shard) { return alive.contains(shard.first); });
}

/// Of `replicas` pods one neither has shards nor could be given any, or is not there.
bool some_are_to_come(const View& view, int replicas) {
  return std::count_if(view.pods.begin(), view.pods.end(), [replicas](const PodState& pod) {
           return pod.ordinal < replicas && (pod.accepts || has_shards(pod));
         }) < replicas;
}

}  // namespace

std::optional<Duration> JoiningPods::hold_back(View& view, int replicas, TimePoint now) {
  std::set<int> alive;
  std::vector<PodState*> joining;
  for (PodState& pod : view.pods) {
    if (!pod.alive) continue;
    alive.insert(pod.ordinal);
    if (has_shards(pod)) joined_.insert(pod.ordinal);
    if (pod.accepts && !joined_.contains(pod.ordinal)) joining.push_back(&pod);
  }
  std::erase_if(joined_, [&alive](int ordinal) { return !alive.contains(ordinal); });
  if (joining.empty()) {
    waiting_since_.reset();
    return std::nullopt;
  }

  if (!waiting_since_) waiting_since_ = now;
  const Duration left = *waiting_since_ + kJoinPatience - now;
  const bool wait = left > Duration::zero() && every_shard_is_alive(view) && some_are_to_come(view, replicas);
  for (PodState* pod : joining) {
    if (wait) {
      pod->accepts = false;
    } else {
      joined_.insert(pod->ordinal);
    }
  }
  if (wait) return left;
  waiting_since_.reset();
  return std::nullopt;
}

}  // namespace mkb::planner
