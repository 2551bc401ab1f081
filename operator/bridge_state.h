#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mkb::operators {

/// What the metrics tell of one bridge.
struct BridgeState {
  std::string name_space;
  std::string name;
  bool ready = false;  ///< its condition Ready is True
  int replicas = 0;    ///< that its spec asks for

  /// Of an object as the API server has it, or of anything else: what it lacks is as above.
  static BridgeState of(const nlohmann::json& bridge);
};

}  // namespace mkb::operators
