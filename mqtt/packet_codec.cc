#include "mqtt/packet_codec.h"

#include "mqtt/topic_filter.h"

namespace mkb::mqtt {

WireReader open_frame(const Frame& frame, PacketType type) {
  WireReader in(frame.body);
  if (frame.type() != type) {
    in.fail(CodecError::kProtocol, "packet type", "is another", static_cast<std::uint32_t>(frame.type()));
  } else if (frame.flags() != required_flags(type)) {
    in.fail(CodecError::kMalformed, "fixed header flags", "are not those of its type [MQTT-2.1.3-1]",
            frame.flags());
  }
  return in;
}

WireReader open_frame(const Frame& frame, PacketType type, Version version) {
  WireReader in = open_frame(frame, type);
  check_remaining_length(frame, version, in.failure());
  return in;
}

std::uint16_t read_packet_id(WireReader& in) {
  const std::uint16_t packet_id = in.u16("packet identifier");
  check_packet_id(packet_id, in.failure());
  return packet_id;
}

void check_packet_id(std::uint16_t packet_id, CodecFailure& failure) {
  if (packet_id == 0) {
    failure.set(CodecError::kProtocol, "packet identifier", "must not be 0 [MQTT-2.2.1-3]");
  }
}

void check_reason(ReasonCode reason, PacketType type, Sender sender, CodecFailure& failure) {
  if (!reason_code_allowed(type, sender, reason)) {
    failure.set(CodecError::kProtocol, "reason code", "is not one of this packet's",
                static_cast<std::uint32_t>(reason));
  }
}

void check_topic_name(std::string_view topic, const char* field, CodecFailure& failure) {
  if (const char* problem = topic_name_problem(topic)) {
    failure.set(CodecError::kMalformed, field, problem);
  }
}

}  // namespace mkb::mqtt
