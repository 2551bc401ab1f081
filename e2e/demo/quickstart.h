#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mkb::demo {

/// examples/quickstart.yaml, pointed at the demo's own servers.
struct Quickstart {
  std::string yaml;                 ///< only the two addresses differ from the file
  std::vector<std::string> topics;  ///< Kafka topics to create, dead-letter topics last
  std::string data_topic;           ///< the first route's topic, where the fleet's messages arrive
};

/// Throws LabError when the file is not one the demo can use.
Quickstart load_quickstart(const std::filesystem::path& file, const std::string& mqtt_address,
                           const std::string& kafka_address);

}  // namespace mkb::demo
