#pragma once

#include <nlohmann/json.hpp>

namespace mkb::e2e {

/// Whether the status of `bridge`, as the API server gives it, says of the present spec that it is served by
/// `pods` ready pods and nothing moves any more. Anything that is no bridge is not.
bool is_settled(const nlohmann::json& bridge, int pods);

}  // namespace mkb::e2e
