#pragma once

#include <optional>
#include <string>

#include "api/field.h"

namespace mkb::api {

/// Readers of record templates (api/record_template.h). Each gives the template as it is written, or nothing
/// after a problem.

/// Any template that is not empty.
std::optional<std::string> read_record_template(const Field& field);

/// One that can make an MQTT topic name.
std::optional<std::string> read_mqtt_topic(const Field& field);

/// 0, 1, 2 or a template that has variables.
std::optional<std::string> read_qos(const Field& field);

/// true, false or a template that has variables.
std::optional<std::string> read_retain(const Field& field);

}  // namespace mkb::api
