#include <algorithm>

#include "operator/reconcile/joined_text.h"
#include "operator/reconcile/round.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

}  // namespace

RoundOutcome Round::end() {
  const json finalizers = bridge_.value(json::json_pointer("/metadata/finalizers"), json::array());
  if (std::find(finalizers.begin(), finalizers.end(), kFinalizer) == finalizers.end()) return outcome();

  planner::View view;
  view.ending = true;
  for (const PodFacts& pod : pods_) {
    view.pods.push_back(
        {pod.ordinal, pod.alive, pod.alive && !pod.terminating, false, pod.report, pod.assignment});
    if (!pod.assignment) continue;
    for (const auto& each : pod.assignment->shards) view.shards[each.shard] = 1;
  }
  shards_total_ = static_cast<int>(view.shards.size());
  step_ = memory_.handoff.step(view, now_);
  write_assignments();

  // By our own clock: the API server's may be another.
  if (!memory_.ending_since) memory_.ending_since = now_;
  const Duration left = *memory_.ending_since + ports_.options.end_deadline - now_;
  const bool nobody =
      std::none_of(pods_.begin(), pods_.end(), [](const PodFacts& pod) { return pod.exists(); });
  if (!step_.all_ended && left > Duration::zero() && !(nobody && view.shards.empty())) {
    write_status();
    check_in(left);
    return outcome();
  }
  if (!step_.all_ended && !view.shards.empty()) {
    const std::string prefix = (spec_ ? spec_->mqtt.client_id_prefix : "mkb") + "-" + identity_.uid + "-";
    std::vector<std::string> clients;
    for (const auto& [shard, weight] : view.shards) {
      if (!step_.ended.contains(shard)) clients.push_back(prefix + std::to_string(shard));
    }
    ports_.notes.note(
        bridge_, true, "SessionsLeft", "End",
        "not ended in time; the MQTT broker keeps these sessions until they expire: client ids " +
            joined(clients, ", "));
  }
  change_finalizer(false);
  return outcome();
}

}  // namespace mkb::reconcile
