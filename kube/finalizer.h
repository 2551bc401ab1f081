#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace mkb::kube {

/// Whether `object` has that finalizer.
bool has_finalizer(const nlohmann::json& object, std::string_view finalizer);

/// JSON patches (RFC 6902) of an object as it was last seen. Their `test` operations make the server refuse
/// them (422, ApiError::kInvalid) when the object is another one of that name, or its finalizers have changed
/// meanwhile; then the object is to be looked at again.

/// nullopt: it has it already, or is being deleted, when a finalizer can no longer be added.
std::optional<nlohmann::json> add_finalizer(const nlohmann::json& object, std::string_view finalizer);
/// nullopt: it does not have it. Finalizers of others stay as they are.
std::optional<nlohmann::json> remove_finalizer(const nlohmann::json& object, std::string_view finalizer);

}  // namespace mkb::kube
