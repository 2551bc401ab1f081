#pragma once

#include <vector>

#include "api/bridge_spec.h"
#include "api/field.h"

namespace mkb::api {

/// Reads spec.mqttToKafka; what is wrong goes to the field's report and leaves defaults.
std::vector<MqttToKafkaRoute> read_routes(const Field& field, MqttVersion version);

}  // namespace mkb::api
