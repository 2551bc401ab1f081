#pragma once

#include <string>

#include "base/result.h"
#include "mqtt/frame.h"
#include "mqtt/properties.h"

namespace mkb::mqtt {

struct Disconnect {
  ReasonCode reason = ReasonCode::kNormalDisconnection;  ///< always so in 3.1.1
  Properties properties;                                 ///< MQTT 5 only

  friend bool operator==(const Disconnect&, const Disconnect&) = default;
};

/// In 3.1.1 only a client sends DISCONNECT; one from a server is kProtocol.
Result<Disconnect> decode_disconnect(const Frame& frame, Version version, Sender sender);

/// Appends the packet; on failure `out` is unchanged. 3.1.1 has neither reason nor properties.
Result<void> encode(const Disconnect& disconnect, Version version, Sender sender, std::string& out);

}  // namespace mkb::mqtt
