#pragma once

#include <string>

#include "api/field.h"

namespace mkb::api {

/// Reads spec.pod as compact JSON. Names and kinds of values are checked; affinity is Kubernetes' own matter
/// below its three fields, and whether a node or class exists is found out there.
std::string read_pod(const Field& field);

}  // namespace mkb::api
