#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace mkb::demo {

/// One second of the demo in a cluster.
struct ClusterSample {
  double seconds = 0;           ///< since the fleet started
  std::uint64_t sent = 0;       ///< acknowledged to the fleet by the MQTT broker
  std::uint64_t in_kafka = 0;   ///< records
  int wanted = 0;               ///< pods
  int ready = 0;                ///< pods
  std::map<int, int> owned;     ///< by the pod's ordinal: shards that it owns
  std::map<int, int> releases;  ///< by the pod's ordinal: shards that it is giving away
};

/// Enters what the bridge and the assignments of its pods say: objects as the API server has them, the bridge
/// may be null while that is away. Anything else that they do not say stays as it was.
void enter(ClusterSample& sample, const nlohmann::json& bridge, const nlohmann::json& config_maps);

/// Shows samples, one line each under one heading.
class ClusterView {
 public:
  std::string render(const ClusterSample& sample);

 private:
  bool started_ = false;
  ClusterSample last_;
};

}  // namespace mkb::demo
