#include "operator/reconcile/status.h"

#include <algorithm>

#include "operator/reconcile/conditions.h"
#include "operator/reconcile/joined_text.h"
#include "operator/reconcile/route_totals.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

std::string count_of(int count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// What a pod that should carry shards is missing; empty when nothing.
std::string lack_of(const BridgeIdentity& identity, const PodFacts& pod, std::int64_t generation) {
  const bool owns =
      pod.assignment && std::any_of(pod.assignment->shards.begin(), pod.assignment->shards.end(),
                                    [](const auto& each) { return each.duty == api::ShardDuty::kOwn; });
  const std::string name = identity.pod(pod.ordinal);
  if (!pod.problem.empty()) return name + ": " + pod.problem;
  if (!owns) return "";
  if (!pod.exists()) return name + ": there is no such pod yet";
  if (!pod.alive) return name + ": does not report";
  if (pod.report && !pod.report->problem.empty()) return name + ": " + pod.report->problem;
  if (!pod.ready) return name + ": not ready";
  if (!pod.report || pod.report->generation < generation) return name + ": has not taken over the routes yet";
  return "";
}

struct Progress {
  std::vector<std::string> lacks;  ///< shards are not served, or not as the spec says
  std::vector<std::string> steps;  ///< what is under way
};

Progress progress_of(const BridgeIdentity& identity, const StatusInput& input, std::int64_t generation) {
  Progress progress;
  const int wanted = input.spec != nullptr ? input.spec->replicas : 0;
  int present = 0;
  int starting = 0;
  for (const PodFacts& pod : input.pods) {
    const std::string lack = lack_of(identity, pod, generation);
    if (!lack.empty()) progress.lacks.push_back(lack);
    if (!pod.exists() || pod.ordinal >= wanted) continue;
    ++present;
    starting += pod.alive ? 0 : 1;
  }
  const int unserved = input.shards_total - input.shards_assigned - input.shards_moving;
  if (unserved > 0)
    progress.lacks.insert(progress.lacks.begin(), count_of(unserved, "shard") + " without an owner");
  if (input.shards_moving > 0) progress.steps.push_back(count_of(input.shards_moving, "shard") + " moving");
  if (present < wanted) progress.steps.push_back(count_of(wanted - present, "pod") + " to come");
  if (starting > 0) progress.steps.push_back(count_of(starting, "pod") + " to start");
  const auto leaving = std::count_if(input.pods.begin(), input.pods.end(), [wanted](const PodFacts& pod) {
    return pod.exists() && pod.ordinal >= wanted;
  });
  if (leaving > 0) progress.steps.push_back(count_of(static_cast<int>(leaving), "pod") + " to go");
  if (input.restarts_left > 0) progress.steps.push_back(count_of(input.restarts_left, "pod") + " to restart");
  return progress;
}

Condition ready_condition(const StatusInput& input, const Progress& progress) {
  if (input.ending) return {"Ready", false, "Ending", "the sessions at the MQTT broker are being ended"};
  if (input.spec == nullptr) return {"Ready", false, "InvalidSpec", input.stall ? input.stall->message : ""};
  if (!progress.lacks.empty()) return {"Ready", false, "PodsNotReady", joined(progress.lacks)};
  if (input.spec->replicas == 0)
    return {"Ready", false, "ScaledToZero", "spec.replicas is 0: nothing is carried"};
  const std::string old = input.spec_is_current ? "" : ", by the last valid spec";
  return {"Ready", true, "Serving",
          count_of(input.shards_assigned + input.shards_moving, "shard") + " served" + old};
}

Condition reconciling_condition(const StatusInput& input, const Progress& progress) {
  if (input.ending) return {"Reconciling", true, "Ending", "ending the sessions at the MQTT broker"};
  if (input.paused) {
    return {"Reconciling", false, "Paused",
            "nothing but status is written while the annotation "
            "mqttkafka.io/paused is \"true\""};
  }
  if (!input.failures.empty()) return {"Reconciling", true, "RequestsFailed", joined(input.failures)};
  if (input.stall) return {"Reconciling", false, input.stall->reason, "see Stalled"};
  std::vector<std::string> steps = progress.steps;
  steps.insert(steps.end(), progress.lacks.begin(), progress.lacks.end());
  if (steps.empty()) return {"Reconciling", false, "Done", ""};
  return {"Reconciling", true, "Progressing", joined(steps)};
}

std::string list_of(const std::vector<int>& shards) {
  std::vector<std::string> names;
  names.reserve(shards.size());
  for (const int shard : shards) names.push_back(std::to_string(shard));
  return joined(names, ", ");
}

json conditions_of(const BridgeIdentity& identity, const StatusInput& input, std::int64_t generation) {
  json conditions = input.bridge.value(json::json_pointer("/status/conditions"), json::array());
  const std::int64_t routes_generation = input.spec_is_current ? generation : 0;
  const Progress progress = progress_of(identity, input, routes_generation);
  const auto set = [&](const Condition& condition) {
    set_condition(conditions, condition, generation, input.unix_ms);
  };
  set(ready_condition(input, progress));
  set(reconciling_condition(input, progress));
  set(input.stall ? Condition{"Stalled", true, input.stall->reason, input.stall->message}
                  : Condition{"Stalled", false, "Accepted", ""});
  set(input.lost.empty()
          ? Condition{"SessionLost", false, "SessionsKept", ""}
          : Condition{
                "SessionLost", true, "SessionGone",
                "the MQTT broker no longer knew the sessions of shards " + list_of(input.lost) +
                    ": messages that came while they were away are lost; see its persistence and limits"});
  return conditions;
}

/// For the columns of `kubectl get`, which cannot add.
json sum_of(const json& routes) {
  std::uint64_t received = 0;
  std::uint64_t delivered = 0;
  for (const json& route : routes) {
    received += route.value("received", std::uint64_t{0});
    delivered += route.value("delivered", std::uint64_t{0});
  }
  return {{"received", received}, {"delivered", delivered}};
}

}  // namespace

json bridge_status(const BridgeIdentity& identity, const StatusInput& input) {
  const auto generation = input.bridge.value(json::json_pointer("/metadata/generation"), std::int64_t{0});
  const json before = input.bridge.value("status", json::object());
  int present = 0;
  int ready = 0;
  for (const PodFacts& pod : input.pods) {
    present += pod.exists() ? 1 : 0;
    ready += pod.ready ? 1 : 0;
  }
  json status{{"observedGeneration", generation},
              {"conditions", conditions_of(identity, input, generation)},
              {"replicas", present},
              {"readyReplicas", ready},
              {"selector", identity.selector_text()},
              {"shards",
               {{"total", input.shards_total},
                {"assigned", input.shards_assigned},
                {"moving", input.shards_moving}}}};
  if (!input.refresh_totals && before.contains("routes")) {
    status["routes"] = before["routes"];
  } else if (input.spec != nullptr) {
    status["routes"] = route_totals(*input.spec, input.pods);
  }
  if (status.contains("routes")) status["totals"] = sum_of(status["routes"]);
  return status;
}

}  // namespace mkb::reconcile
