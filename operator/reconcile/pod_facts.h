#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/assignment.h"
#include "operator/reconcile/bridge_identity.h"

namespace mkb::reconcile {

/// What the operator knows about one ordinal of a bridge, whether its pod exists or not.
struct PodFacts {
  int ordinal = 0;
  std::string uid;  ///< empty: there is no such pod
  bool ready = false;
  bool terminating = false;
  bool outdated = false;  ///< made from another revision than the StatefulSet's newest
  bool alive = false;     ///< its Lease is held by this very pod and fresh
  std::string problem;    ///< why its container does not run, in the kubelet's words
  std::optional<api::PodReport> report;
  std::optional<api::Assignment> assignment;

  [[nodiscard]] bool exists() const { return !uid.empty(); }
  /// It has had routes in use: one that never had would keep shards without serving them.
  [[nodiscard]] bool serves() const { return report && report->generation > 0; }
  [[nodiscard]] bool healthy() const { return ready && alive && serves(); }
  /// It is connected for every shard that it is told to own.
  [[nodiscard]] bool holds_its_shards() const;
};

/// Ready, terminating, revision and problem of a Pod. Pure.
PodFacts read_pod(const BridgeIdentity& identity, const nlohmann::json& pod, const std::string& revision);

/// The pod that must be made anew next, so that one pod at a time is away: first those that are not healthy
/// anyway, then from the highest ordinal down. nullopt when there is none, while another pod is away, and
/// while a new one is starting or unhealthy: it could not take the pod's shards. Pods at and above `replicas`
/// go by themselves. Pure.
std::optional<int> next_restart(const std::vector<PodFacts>& pods, int replicas);

}  // namespace mkb::reconcile
