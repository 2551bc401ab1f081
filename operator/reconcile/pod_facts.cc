#include "operator/reconcile/pod_facts.h"

#include <fmt/format.h>

#include <algorithm>

namespace mkb::reconcile {
namespace {

using nlohmann::json;

bool is_ready(const json& status) {
  const json conditions = status.value("conditions", json::array());
  return std::any_of(conditions.begin(), conditions.end(), [](const json& each) {
    return each.value("type", "") == "Ready" && each.value("status", "") == "True";
  });
}

std::string problem_of(const json& status) {
  for (const json& container : status.value("containerStatuses", json::array())) {
    const json waiting = container.value(json::json_pointer("/state/waiting"), json());
    const std::string reason = waiting.is_object() ? waiting.value("reason", "") : "";
    if (reason.empty() || reason == "ContainerCreating" || reason == "PodInitializing") continue;
    const std::string message = waiting.value("message", "");
    return message.empty() ? reason : fmt::format("{}: {}", reason, message);
  }
  for (const json& condition : status.value("conditions", json::array())) {
    if (condition.value("type", "") == "PodScheduled" && condition.value("status", "") == "False") {
      return fmt::format("{}: {}", condition.value("reason", ""), condition.value("message", ""));
    }
  }
  return "";
}

}  // namespace

PodFacts read_pod(const BridgeIdentity& identity, const json& pod, const std::string& revision) {
  const json metadata = pod.value("metadata", json::object());
  const json status = pod.value("status", json::object());
  PodFacts facts;
  facts.ordinal = identity.ordinal(metadata.value("name", ""));
  facts.uid = metadata.value("uid", "");
  facts.terminating = metadata.contains("deletionTimestamp");
  facts.ready = !facts.terminating && is_ready(status);
  const std::string made_from =
      metadata.value("labels", json::object()).value("controller-revision-hash", "");
  facts.outdated = !revision.empty() && !made_from.empty() && made_from != revision;
  facts.problem = problem_of(status);
  return facts;
}

bool PodFacts::holds_its_shards() const {
  if (!assignment) return true;
  return std::all_of(assignment->shards.begin(), assignment->shards.end(), [this](const auto& each) {
    return each.duty != api::ShardDuty::kOwn ||
           (report && std::find(report->held.begin(), report->held.end(), each.shard) != report->held.end());
  });
}

std::optional<int> next_restart(const std::vector<PodFacts>& pods, int replicas) {
  const PodFacts* next = nullptr;
  int present = 0;
  for (const PodFacts& pod : pods) {
    if (pod.ordinal >= replicas || !pod.exists()) continue;
    if (pod.terminating) return std::nullopt;
    ++present;
    if (!pod.outdated) {
      // A new pod that does not come up ends the rollout: the others stay as they are.
      if (!pod.healthy()) return std::nullopt;
      continue;
    }
    if (next == nullptr || (next->healthy() && !pod.healthy()) ||
        (next->healthy() == pod.healthy() && pod.ordinal > next->ordinal)) {
      next = &pod;
    }
  }
  if (next == nullptr || present < replicas) return std::nullopt;
  return next->ordinal;
}

}  // namespace mkb::reconcile
