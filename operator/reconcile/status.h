#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/bridge_spec.h"
#include "operator/reconcile/bridge_identity.h"
#include "operator/reconcile/pod_facts.h"

namespace mkb::reconcile {

/// Why a bridge cannot go on without somebody changing something.
struct Stall {
  std::string reason;  ///< CamelCase: InvalidSpec, SecretNotFound, NameTaken
  std::string message;
};

struct StatusInput {
  const nlohmann::json& bridge;  ///< as the API server has it
  const api::BridgeSpec* spec;   ///< in force; null when there never was a valid one
  bool spec_is_current = false;  ///< false: an older one is in force, because the newest is invalid
  std::optional<Stall> stall{};
  std::vector<std::string> failures{};  ///< requests that the API server refused in this round
  std::vector<PodFacts> pods{};
  int shards_total = 0;  ///< with filters
  int shards_assigned = 0;
  int shards_moving = 0;
  int restarts_left = 0;  ///< pods made from an older revision
  std::vector<int> lost{};
  bool paused = false;
  bool ending = false;
  bool refresh_totals = true;  ///< false: the totals stay as they were written last
  std::int64_t unix_ms = 0;
};

/// The status subresource of a bridge, complete: what has not changed is byte for byte as it was. Pure.
nlohmann::json bridge_status(const BridgeIdentity& identity, const StatusInput& input);

}  // namespace mkb::reconcile
