#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mkb::reconcile {

struct Condition {
  std::string type;
  bool status = false;
  std::string reason;   ///< CamelCase
  std::string message;  ///< at most kMaxConditionMessage bytes are kept
};

inline constexpr std::size_t kMaxConditionMessage = 4096;

/// Puts a condition into a list as Kubernetes' meta.SetStatusCondition does: lastTransitionTime changes only
/// with the status. Pure.
void set_condition(nlohmann::json& conditions, const Condition& condition, std::int64_t generation,
                   std::int64_t unix_ms);

/// RFC 3339 in UTC, whole seconds.
std::string kubernetes_time(std::int64_t unix_ms);
/// Milliseconds since 1970 of such a time; nullopt when it is none.
std::optional<std::int64_t> unix_ms_of(std::string_view time);

}  // namespace mkb::reconcile
