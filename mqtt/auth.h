#pragma once

#include <string>

#include "base/result.h"
#include "mqtt/frame.h"
#include "mqtt/properties.h"

namespace mkb::mqtt {

/// Enhanced authentication (4.12); MQTT 5 only.
struct Auth {
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties;

  friend bool operator==(const Auth&, const Auth&) = default;
};

Result<Auth> decode_auth(const Frame& frame, Version version, Sender sender);

/// Appends the packet; on failure `out` is unchanged.
Result<void> encode(const Auth& auth, Version version, Sender sender, std::string& out);

}  // namespace mkb::mqtt
