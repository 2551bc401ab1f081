#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "api/bridge_spec.h"
#include "api/field.h"

namespace mkb::api {

/// Names of the bridge's pods and their labels are made of it: with `mkb-`, and the 11 characters that
/// Kubernetes adds to a StatefulSet's revisions, a label's 63 are full.
inline constexpr std::size_t kMaxBridgeName = 48;

/// Reads metadata into name, namespace and uid; whatever else Kubernetes keeps there is left alone.
void read_metadata(const Field& field, BridgeSpec& spec);

/// The uid of a resource that no Kubernetes gave one: 10 lower-case hexadecimal digits that depend on nothing
/// but its namespace and name, so that a restarted bridge finds its MQTT sessions again.
std::string derived_uid(std::string_view name_space, std::string_view name);

}  // namespace mkb::api
