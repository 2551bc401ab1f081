#pragma once

#include "api/bridge_spec.h"
#include "api/field.h"

namespace mkb::api {

/// Reads spec.kafka; what is wrong goes to the field's report and leaves defaults.
KafkaSpec read_kafka(const Field& field);

}  // namespace mkb::api
