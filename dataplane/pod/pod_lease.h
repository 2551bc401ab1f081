#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "api/assignment.h"
#include "base/result.h"

namespace mkb::dataplane {

enum class PodNameError { kNoPodOfABridge = 1 };

/// Who this pod is, and which objects are its own.
struct PodIdentity {
  std::string name;  ///< `mkb-<bridge>-<ordinal>`
  std::string name_space;
  std::string uid;

  /// Errors: a name that no StatefulSet of a bridge gives.
  [[nodiscard]] Result<std::string> bridge() const;
};

/// The Lease that a pod holds as long as it lives: its renewal is the pod's heartbeat, its annotation the
/// report. For server-side apply, which creates and renews alike. It belongs to the bridge when `bridge_uid`
/// is known, so that it goes with it.
nlohmann::json pod_lease(const PodIdentity& pod, const std::string& bridge, std::string_view bridge_uid,
                         const api::PodReport& report, std::int64_t unix_ms);

}  // namespace mkb::dataplane
