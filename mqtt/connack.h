#pragma once

#include <string>

#include "base/result.h"
#include "mqtt/frame.h"
#include "mqtt/properties.h"

namespace mkb::mqtt {

struct Connack {
  bool session_present = false;
  /// 3.1.1 return codes appear as the reason codes of the same meaning.
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties;  ///< MQTT 5 only

  friend bool operator==(const Connack&, const Connack&) = default;
};

Result<Connack> decode_connack(const Frame& frame, Version version);

/// Appends the packet; on failure `out` is unchanged. For 3.1.1 the nearest return code is sent.
Result<void> encode(const Connack& connack, Version version, std::string& out);

}  // namespace mkb::mqtt
