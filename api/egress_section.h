#pragma once

#include <cstddef>
#include <vector>

#include "api/bridge_spec.h"
#include "api/field.h"

namespace mkb::api {

/// Names and regular expressions in all routes of a resource together.
inline constexpr std::size_t kMaxEgressTopics = 1'000;

/// Reads spec.kafkaToMqtt; what is wrong goes to the field's report and leaves defaults. `so_far` has the
/// bridge's name, spec.mqtt and spec.mqttToKafka.
std::vector<KafkaToMqttRoute> read_egress_routes(const Field& field, const BridgeSpec& so_far);

}  // namespace mkb::api
