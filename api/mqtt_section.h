#pragma once

#include "api/bridge_spec.h"
#include "api/field.h"

namespace mkb::api {

/// Reads spec.mqtt; what is wrong goes to the field's report and leaves defaults.
MqttSpec read_mqtt(const Field& field);

}  // namespace mkb::api
