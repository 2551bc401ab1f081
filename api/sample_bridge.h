#pragma once

#include <string>
#include <string_view>

#include "api/yaml_codec.h"

namespace mkb::api {

/// Resources for tests, valid but for what the test writes. `lines` are fields of the section, without
/// indentation; they start on line 7, in column 5, and what the section needs besides comes after them.

/// Fields of spec.mqtt; `servers` unless written.
std::string bridge_with_mqtt(std::string_view lines);
/// Fields of spec.kafka; `bootstrapServers` unless written.
std::string bridge_with_kafka(std::string_view lines);
/// Fields of spec.mqttToKafka[0]; `name: r` is on line 6; `filters: [a/+/c]`, `topic: t`, `key: k` unless
/// written. `version` is that of MQTT.
std::string bridge_with_route(std::string_view lines, std::string_view version = "5");
/// A whole spec.mqttToKafka: `lines` start on line 6, in column 3.
std::string bridge_with_routes(std::string_view lines, std::string_view version = "5");
/// Fields of spec.kafkaToMqtt[0]; `name: r` is on line 6; `topics: [commands]`, `topic: cmd` unless written.
std::string bridge_with_egress_route(std::string_view lines, std::string_view version = "5");
/// A whole spec.kafkaToMqtt: `lines` start on line 6, in column 3.
std::string bridge_with_egress_routes(std::string_view lines, std::string_view version = "5");

/// The problems of a resource in a file named `f`, one a line.
std::string problems_of(std::string_view text);
/// Its warnings.
std::string warnings_of(std::string_view text);
/// Its fields; the test fails when there are problems.
BridgeSpec spec_of(std::string_view text);

}  // namespace mkb::api
