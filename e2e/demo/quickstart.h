#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mkb::demo {

/// examples/quickstart.yaml, pointed at the demo's own servers.
struct Quickstart {
  std::string yaml;                 ///< only the two addresses differ from the file
  std::vector<std::string> topics;  ///< Kafka topics to create, dead-letter topics last
  std::string data_route;           ///< the first one up
  std::string data_topic;           ///< its topic, where the fleet's messages arrive
  std::string answers_topic;        ///< of the second route up
  std::string commands_topic;       ///< of the first route down
};

/// Throws LabError when the file is not one the demo can use.
Quickstart load_quickstart(const std::filesystem::path& file, const std::string& mqtt_address,
                           const std::string& kafka_address);

}  // namespace mkb::demo
