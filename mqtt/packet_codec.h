#pragma once

#include <cstdint>
#include <utility>

#include "base/result.h"
#include "mqtt/frame.h"
#include "mqtt/property_codec.h"
#include "mqtt/wire_reader.h"
#include "mqtt/wire_writer.h"

// What the decoders and encoders of all packets share.

namespace mkb::mqtt {

/// The flags that a packet type's fixed header must have (2.1.3); those of PUBLISH mean something else.
constexpr std::uint8_t required_flags(PacketType type) {
  return type == PacketType::kPubrel || type == PacketType::kSubscribe || type == PacketType::kUnsubscribe
             ? 0b0010
             : 0;
}

/// MQTT 5 wants the remaining length in its shortest form [MQTT-1.5.5-1]; 3.1.1 does not say so.
inline void check_remaining_length(const Frame& frame, Version version, CodecFailure& failure) {
  if (version == Version::k5 && frame.total_size > 1 + varint_size(frame.body.size()) + frame.body.size()) {
    failure.set(CodecError::kMalformed, "remaining length", "is longer than it needs to be [MQTT-1.5.5-1]");
  }
}

/// A reader of the body of a frame that must be of `type`; not for PUBLISH.
WireReader open_frame(const Frame& frame, PacketType type);
WireReader open_frame(const Frame& frame, PacketType type, Version version);

/// Reads a packet identifier, which is never 0 [MQTT-2.2.1-3].
std::uint16_t read_packet_id(WireReader& in);
void check_packet_id(std::uint16_t packet_id, CodecFailure& failure);

/// Sets a failure unless `reason` is one that `sender` may put into a packet of this type.
void check_reason(ReasonCode reason, PacketType type, Sender sender, CodecFailure& failure);

/// Sets a failure unless `topic` is a topic name; `field` is what the packet calls it.
void check_topic_name(std::string_view topic, const char* field, CodecFailure& failure);

/// `value`, unless reading it failed or left bytes over.
template <class T>
Result<T> finish_decoding(WireReader& in, PacketType type, T value) {
  in.expect_end();
  if (in.failed()) {
    return in.failure().error(type);
  }
  return value;
}

}  // namespace mkb::mqtt
