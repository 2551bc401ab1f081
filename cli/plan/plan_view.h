#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/plan/live_bridge.h"
#include "cli/plan/shard_scenario.h"

namespace mkb::cli {

/// What `mkbctl plan` shows. Pure.

/// One scaling: from so many pods (none: from nothing) to a plan.
struct PlannedScaling {
  std::optional<int> from;
  ShardPlan plan;
};

/// The shards with pods and filters, and the load of each pod. `name` is the bridge's, for its pods' names.
std::string plan_text(const std::string& name, const api::BridgeSpec& spec, const ShardPlan& plan);

/// What moves, and what the planner promises about it.
std::string moves_text(const std::string& name, const PlannedScaling& scaling);

/// Who has which shard now.
std::string present_text(const LiveBridge& bridge);

/// Everything of the above for other programs.
nlohmann::json plan_json(const api::BridgeSpec& spec, const std::vector<PlannedScaling>& scalings);

}  // namespace mkb::cli
