#include "e2e/demo/quickstart.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <regex>

#include "e2e/lab/lab_error.h"
#include "e2e/lab/process.h"

namespace mkb::demo {
namespace {

std::string replace_address(const std::string& text, const std::string& port, const std::string& by) {
  const std::regex address("(localhost|127\\.0\\.0\\.1):" + port);
  if (!std::regex_search(text, address)) {
    throw lab::LabError("examples/quickstart.yaml names no server at localhost:" + port);
  }
  return std::regex_replace(text, address, by);
}

void add_fixed_topic(std::vector<std::string>& topics, const YAML::Node& node) {
  if (!node) return;
  const auto topic = node.as<std::string>();
  if (topic.find("${") == std::string::npos && topic.front() != '^' &&
      std::count(topics.begin(), topics.end(), topic) == 0) {
    topics.push_back(topic);
  }
}

}  // namespace

Quickstart load_quickstart(const std::filesystem::path& file, const std::string& mqtt_address,
                           const std::string& kafka_address) {
  Quickstart quickstart;
  quickstart.yaml = replace_address(lab::read_file(file), "1883", mqtt_address);
  quickstart.yaml = replace_address(quickstart.yaml, "9092", kafka_address);
  try {
    const auto spec = YAML::Load(quickstart.yaml)["spec"];
    const auto up = spec["mqttToKafka"];
    const auto down = spec["kafkaToMqtt"];
    for (const auto& route : up) add_fixed_topic(quickstart.topics, route["topic"]);
    if (quickstart.topics.size() < 2 || down.size() == 0)
      throw lab::LabError("examples/quickstart.yaml needs two routes up, to fixed topics, and one down");
    quickstart.data_route = up[0]["name"].as<std::string>();
    quickstart.data_topic = quickstart.topics[0];
    quickstart.answers_topic = quickstart.topics[1];
    quickstart.commands_topic = down[0]["topics"][0].as<std::string>();
    for (const auto& route : down) {
      for (const auto& topic : route["topics"]) add_fixed_topic(quickstart.topics, topic);
    }
    for (const auto& routes : {up, down}) {
      for (const auto& route : routes) {
        if (const auto on_error = route["onError"])
          add_fixed_topic(quickstart.topics, on_error["deadLetterTopic"]);
      }
    }
  } catch (const YAML::Exception& error) {
    throw lab::LabError("examples/quickstart.yaml: " + std::string(error.what()));
  }
  return quickstart;
}

}  // namespace mkb::demo
