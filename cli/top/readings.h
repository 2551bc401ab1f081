#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/assignment.h"

namespace mkb::cli {

/// What the objects of a bridge say, as they were read once. Pure.

/// A route of status.routes.
struct RouteReading {
  api::RouteTotals totals;
  bool from_kafka = false;  ///< KafkaToMqtt
};

struct BridgeReading {
  std::string name;
  std::string name_space;
  std::string phase;    ///< one word: Ready, Progressing, NotReady, Stalled, Ending, Paused or New
  std::string message;  ///< of the condition that says why
  int wanted = 1;       ///< spec.replicas
  int ready = 0;
  int shards = 0;
  int assigned = 0;
  int moving = 0;
  std::vector<RouteReading> routes;        ///< in the order of the spec
  std::optional<std::int64_t> written_ms;  ///< when the operator last wrote the status, in whole seconds
};

/// A pod by its Lease.
struct PodReading {
  std::string name;
  std::string name_space;
  std::string bridge;  ///< by its label
  std::string uid;     ///< of the pod that holds it
  std::int64_t renewed_ms = 0;
  std::int64_t duration_s = 10;
  api::PodReport report;
};

BridgeReading read_bridge(const nlohmann::json& bridge);
/// Nothing when it is no Lease of a pod or has no report yet.
std::optional<PodReading> read_pod_lease(const nlohmann::json& lease);

}  // namespace mkb::cli
