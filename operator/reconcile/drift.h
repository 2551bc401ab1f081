#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mkb::reconcile {

inline constexpr std::string_view kAppliedAnnotation = "mqttkafka.io/applied";

/// Adds an annotation with the digest of `desired`: a field that we no longer want is not in `desired`, so
/// only the digest of what was applied last shows that it must go.
nlohmann::json with_applied_digest(nlohmann::json desired);

/// Whether `actual` must be applied again: it lacks something that `desired` has, or was applied from another
/// `desired`. What the server defaulted and what others added is no drift. Of lists whose elements have names
/// each wanted element is looked for by name, other lists must be equal. Pure.
bool drifted(const nlohmann::json& desired, const nlohmann::json& actual);

}  // namespace mkb::reconcile
