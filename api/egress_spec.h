#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/on_error_action.h"

namespace mkb::api {

enum class StartAt { kEarliest, kLatest, kTimestamp };

struct StartSpec {
  StartAt at = StartAt::kEarliest;
  std::int64_t unix_ms = 0;  ///< of kTimestamp: the first record that is not older

  bool operator==(const StartSpec&) const = default;
};

/// What becomes of a record that the MQTT broker refuses or that makes no MQTT message.
struct PublishErrorSpec {
  int retries = 3;  ///< of a refusal with a reason code >= 0x80, before it counts as final
  std::chrono::milliseconds retry_delay{1000};  ///< before the first retry; doubles with each
  std::optional<std::string> dead_letter_topic;
  OnErrorAction action = OnErrorAction::kBlock;

  bool operator==(const PublishErrorSpec&) const = default;
};

struct KafkaToMqttRoute {
  std::string name;
  std::vector<std::string> topics;   ///< names, or regular expressions that begin with ^
  std::string group_id;              ///< mkb-<bridge>-<route> unless written
  StartSpec start;                   ///< where a group without a committed offset begins
  bool read_committed = true;        ///< isolation: ReadCommitted; false: ReadUncommitted
  std::string topic;                 ///< record template (api/record_template.h): the MQTT topic
  std::string qos = "1";             ///< record template worth 0, 1 or 2
  std::string retain = "false";      ///< record template worth true or false
  std::string payload = "${value}";  ///< record template
  std::map<std::string, std::string> user_properties;  ///< name -> record template; MQTT 5 only
  std::optional<std::chrono::seconds> message_expiry;  ///< of records without an mqtt.expiry header
  int max_in_flight = 1000;  ///< records between Kafka and the MQTT broker's acknowledgement
  PublishErrorSpec on_error;
  int line = 0;

  bool operator==(const KafkaToMqttRoute&) const = default;
};

}  // namespace mkb::api
