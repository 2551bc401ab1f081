#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/assignment.h"
#include "api/bridge_spec.h"
#include "api/problem.h"
#include "api/shard_record.h"
#include "base/result.h"

namespace mkb::cli {

enum class LiveBridgeError {
  kNoValidSpec = 1,  ///< neither the resource nor what was recorded of it is valid
};

/// A bridge as its objects tell, read as the operator reads them.
struct LiveBridge {
  api::BridgeSpec spec;                        ///< in force
  std::vector<api::Problem> spec_problems;     ///< why that is not the newest one; usually none
  api::ShardRecord record;                     ///< which shard has which filter
  bool record_known = false;                   ///< there is a record, as the operator wrote it
  std::map<int, api::Assignment> assignments;  ///< by ordinal
};

/// Of the resource, its routes ConfigMap when there is one, and ConfigMaps of its namespace, whose others are
/// left alone. Pure.
Result<LiveBridge> read_live_bridge(const nlohmann::json& bridge,
                                    const std::vector<nlohmann::json>& config_maps);

}  // namespace mkb::cli
