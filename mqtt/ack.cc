#include "mqtt/ack.h"

#include <cassert>

#include "mqtt/packet_codec.h"

namespace mkb::mqtt {
namespace {

bool is_ack(PacketType type) {
  return type >= PacketType::kPuback && type <= PacketType::kPubcomp;
}

// Either side sends these packets, and with the same reason codes.
void check_reason(ReasonCode reason, PacketType type, CodecFailure& failure) {
  if (reason != ReasonCode::kSuccess) {
    mqtt::check_reason(reason, type, Sender::kServer, failure);
  }
}

}  // namespace

Result<Ack> decode_ack(const Frame& frame, Version version) {
  const PacketType type = frame.type();
  WireReader in = open_frame(frame, is_ack(type) ? type : PacketType::kPuback, version);
  Ack ack;
  ack.type = type;
  ack.packet_id = read_packet_id(in);
  // The rest can be left out when the reason is success and there are no properties (3.4.2.1).
  if (version == Version::k5 && !in.empty()) {
    ack.reason = static_cast<ReasonCode>(in.u8("reason code"));
    check_reason(ack.reason, type, in.failure());
    if (!in.empty()) {
      ack.properties = Properties(read_properties(in, PropertyContext::kAck));
    }
  }
  return finish_decoding(in, type, std::move(ack));
}

Result<void> encode(const Ack& ack, Version version, std::string& out) {
  WireWriter writer(out);
  if (!is_ack(ack.type)) {
    writer.failure().set(CodecError::kProtocol, "packet type", "is not an acknowledgement of PUBLISH");
  }
  check_packet_id(ack.packet_id, writer.failure());
  writer.u16(ack.packet_id);
  if (version == Version::k5) {
    check_reason(ack.reason, ack.type, writer.failure());
    const bool has_properties = !ack.properties.empty() || ack.properties.overflowed();
    if (ack.reason != ReasonCode::kSuccess || has_properties) {
      writer.u8(static_cast<std::uint8_t>(ack.reason));
    }
    if (has_properties) {
      write_properties(writer, ack.properties, PropertyContext::kAck);
    }
  }
  return writer.finish(ack.type, required_flags(ack.type));
}

void append_ack(std::string& out, PacketType type, std::uint16_t packet_id, ReasonCode reason,
                Version version) {
  assert(is_ack(type) && packet_id != 0);
  assert(reason_code_allowed(type, Sender::kServer, reason));
  const bool with_reason = version == Version::k5 && reason != ReasonCode::kSuccess;
  const char bytes[] = {
      static_cast<char>((static_cast<unsigned>(type) << 4) | required_flags(type)),
      static_cast<char>(with_reason ? 3 : 2),
      static_cast<char>(packet_id >> 8),
      static_cast<char>(packet_id),
      static_cast<char>(reason),
  };
  out.append(bytes, with_reason ? 5 : 4);
}

}  // namespace mkb::mqtt
