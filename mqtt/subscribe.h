#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "mqtt/frame.h"
#include "mqtt/properties.h"

namespace mkb::mqtt {

/// When the server sends retained messages for a subscription (3.8.3.1).
enum class RetainHandling : std::uint8_t { kSend = 0, kSendIfNew = 1, kDoNotSend = 2 };

/// One subscription of a SUBSCRIBE. 3.1.1 carries only filter and QoS.
struct Subscription {
  std::string filter;
  std::uint8_t qos = 0;
  bool no_local = false;
  bool retain_as_published = false;
  RetainHandling retain_handling = RetainHandling::kSend;

  friend bool operator==(const Subscription&, const Subscription&) = default;
};

struct Subscribe {
  std::uint16_t packet_id = 0;
  std::vector<Subscription> subscriptions;  ///< at least one [MQTT-3.8.3-2]
  Properties properties;                    ///< MQTT 5 only

  friend bool operator==(const Subscribe&, const Subscribe&) = default;
};

struct Suback {
  std::uint16_t packet_id = 0;
  /// One per subscription, in its order: the granted QoS or a failure. 3.1.1's 0x80 is kUnspecifiedError.
  std::vector<ReasonCode> reasons;
  Properties properties;  ///< MQTT 5 only

  friend bool operator==(const Suback&, const Suback&) = default;
};

/// Filters are validated, including `$share` and its rules in MQTT 5 [MQTT-3.8.3-4].
Result<Subscribe> decode_subscribe(const Frame& frame, Version version);
Result<Suback> decode_suback(const Frame& frame, Version version);

/// Append the packet; on failure `out` is unchanged.
Result<void> encode(const Subscribe& subscribe, Version version, std::string& out);
Result<void> encode(const Suback& suback, Version version, std::string& out);

}  // namespace mkb::mqtt
