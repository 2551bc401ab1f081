#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "mqtt/frame.h"
#include "mqtt/properties.h"

namespace mkb::mqtt {

struct Unsubscribe {
  std::uint16_t packet_id = 0;
  std::vector<std::string> filters;  ///< at least one [MQTT-3.10.3-2]
  Properties properties;             ///< MQTT 5 only

  friend bool operator==(const Unsubscribe&, const Unsubscribe&) = default;
};

struct Unsuback {
  std::uint16_t packet_id = 0;
  std::vector<ReasonCode> reasons;  ///< one per filter, in its order; empty in 3.1.1
  Properties properties;            ///< MQTT 5 only

  friend bool operator==(const Unsuback&, const Unsuback&) = default;
};

Result<Unsubscribe> decode_unsubscribe(const Frame& frame, Version version);
Result<Unsuback> decode_unsuback(const Frame& frame, Version version);

/// Append the packet; on failure `out` is unchanged.
Result<void> encode(const Unsubscribe& unsubscribe, Version version, std::string& out);
Result<void> encode(const Unsuback& unsuback, Version version, std::string& out);

}  // namespace mkb::mqtt
