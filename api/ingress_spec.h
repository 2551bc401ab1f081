#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/on_error_action.h"

namespace mkb::api {

enum class Sharding { kExclusive, kShared };
enum class PartitionStrategy { kKey, kTopic, kRandom, kFixed };

struct PartitionSpec {
  PartitionStrategy strategy = PartitionStrategy::kKey;
  std::int32_t fixed = 0;  ///< the partition of kFixed

  bool operator==(const PartitionSpec&) const = default;
};

struct OnErrorSpec {
  std::optional<std::string> dead_letter_topic;
  /// What becomes of a record that can never be delivered when there is no dead-letter topic, or the
  /// dead-letter topic refuses it too. kBlock keeps it unacknowledged, so nothing is lost.
  OnErrorAction action = OnErrorAction::kBlock;

  bool operator==(const OnErrorSpec&) const = default;
};

struct MqttToKafkaRoute {
  std::string name;
  std::vector<std::string> filters;  ///< valid MQTT topic filters, without $share
  std::uint8_t qos = 1;
  Sharding sharding = Sharding::kExclusive;
  std::string topic;               ///< template
  std::optional<std::string> key;  ///< template; absent: records without a key
  PartitionSpec partition;
  std::map<std::string, std::string> headers;  ///< header name -> template
  OnErrorSpec on_error;
  int line = 0;  ///< of the route in its file, for messages; 0 when unknown

  bool operator==(const MqttToKafkaRoute&) const = default;
};

}  // namespace mkb::api
