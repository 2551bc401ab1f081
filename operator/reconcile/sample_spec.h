#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "api/bridge_spec.h"

namespace mkb::reconcile {

/// A bridge as an API server has it, for tests: `prod/fleet`, 3 replicas, 8 shards, 4 filters.
nlohmann::json sample_bridge();
/// Of that bridge or a changed one; it must be valid.
api::BridgeSpec spec_of(const nlohmann::json& bridge);

}  // namespace mkb::reconcile
