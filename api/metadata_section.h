#pragma once

#include <string>
#include <string_view>

#include "api/bridge_spec.h"
#include "api/field.h"

namespace mkb::api {

/// Reads metadata into name, namespace and uid; whatever else Kubernetes keeps there is left alone.
void read_metadata(const Field& field, BridgeSpec& spec);

/// The uid of a resource that no Kubernetes gave one: 10 lower-case hexadecimal digits that depend on nothing
/// but its namespace and name, so that a restarted bridge finds its MQTT sessions again.
std::string derived_uid(std::string_view name_space, std::string_view name);

}  // namespace mkb::api
