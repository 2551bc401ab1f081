#include "mqtt/connack.h"

#include "mqtt/packet_codec.h"

namespace mkb::mqtt {
namespace {

void check(const Connack& connack, CodecFailure& failure) {
  if (connack.session_present && connack.reason != ReasonCode::kSuccess) {
    failure.set(CodecError::kProtocol, "Session Present",
                "must be 0 when the connection is refused [MQTT-3.2.2-6]",
                static_cast<std::uint32_t>(connack.reason));
  }
}

ReasonCode read_return_code(WireReader& in) {
  const std::uint8_t code = in.u8("return code");
  const auto reason = reason_from_connack_return_code(code);
  if (!reason) {
    in.fail(CodecError::kProtocol, "return code", "is reserved", code);
  }
  return reason.value_or(ReasonCode::kUnspecifiedError);
}

}  // namespace

Result<Connack> decode_connack(const Frame& frame, Version version) {
  WireReader in = open_frame(frame, PacketType::kConnack, version);
  Connack connack;
  const std::uint8_t flags = in.u8("acknowledge flags");
  if (flags > 1) {
    in.fail(CodecError::kMalformed, "acknowledge flags", "must be 0 but for Session Present [MQTT-3.2.2-1]",
            flags);
  }
  connack.session_present = flags == 1;
  if (version == Version::k311) {
    connack.reason = read_return_code(in);
  } else {
    connack.reason = static_cast<ReasonCode>(in.u8("reason code"));
    check_reason(connack.reason, PacketType::kConnack, Sender::kServer, in.failure());
    connack.properties = Properties(read_properties(in, PropertyContext::kConnack));
  }
  check(connack, in.failure());
  return finish_decoding(in, PacketType::kConnack, std::move(connack));
}

Result<void> encode(const Connack& connack, Version version, std::string& out) {
  WireWriter writer(out);
  check_reason(connack.reason, PacketType::kConnack, Sender::kServer, writer.failure());
  check(connack, writer.failure());
  writer.u8(connack.session_present ? 1 : 0);
  if (version == Version::k311) {
    writer.u8(connack_return_code(connack.reason));
  } else {
    writer.u8(static_cast<std::uint8_t>(connack.reason));
    write_properties(writer, connack.properties, PropertyContext::kConnack);
  }
  return writer.finish(PacketType::kConnack, 0);
}

}  // namespace mkb::mqtt
