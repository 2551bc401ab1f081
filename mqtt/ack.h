#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "mqtt/frame.h"
#include "mqtt/properties.h"

namespace mkb::mqtt {

/// PUBACK, PUBREC, PUBREL or PUBCOMP: the four have one layout. Decoding one without properties allocates
/// nothing.
struct Ack {
  PacketType type = PacketType::kPuback;
  std::uint16_t packet_id = 0;
  ReasonCode reason = ReasonCode::kSuccess;  ///< always kSuccess in 3.1.1
  Properties properties;                     ///< MQTT 5 only

  friend bool operator==(const Ack&, const Ack&) = default;
};

/// Decodes a frame of one of the four types.
Result<Ack> decode_ack(const Frame& frame, Version version);

/// Appends the packet; on failure `out` is unchanged.
Result<void> encode(const Ack& ack, Version version, std::string& out);

/// The fast form for acknowledgements without properties: four bytes for success, five for an MQTT 5 reason.
/// `packet_id` is not 0 and `reason` is one of the packet type's (both asserted).
void append_ack(std::string& out, PacketType type, std::uint16_t packet_id, ReasonCode reason,
                Version version);

}  // namespace mkb::mqtt
