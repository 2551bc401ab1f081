#include "mqtt/connect.h"

#include "mqtt/packet_codec.h"

namespace mkb::mqtt {
namespace {

constexpr std::uint8_t kReservedFlag = 0x01;
constexpr std::uint8_t kCleanStartFlag = 0x02;
constexpr std::uint8_t kWillFlag = 0x04;
constexpr std::uint8_t kWillQosFlags = 0x18;
constexpr std::uint8_t kWillRetainFlag = 0x20;
constexpr std::uint8_t kPasswordFlag = 0x40;
constexpr std::uint8_t kUserNameFlag = 0x80;

void check(const Connect& connect, CodecFailure& failure) {
  if (connect.version == Version::k311 && connect.password && !connect.user_name) {
    failure.set(CodecError::kMalformed, "Password Flag",
                "must not be set without the User Name Flag [MQTT-3.1.2-22]");
  }
  if (!connect.will) {
    return;
  }
  if (connect.will->qos > kMaxQos) {
    failure.set(CodecError::kMalformed, "Will QoS", "must be 0, 1 or 2 [MQTT-3.1.2-12]", connect.will->qos);
  }
  check_topic_name(connect.will->topic, "Will Topic", failure);
}

Version read_version(WireReader& in) {
  const std::string_view name = in.text("protocol name");
  const std::uint8_t level = in.u8("protocol version");
  // 3.1 calls itself MQIsdp; both differences mean a protocol that is not spoken here [MQTT-3.1.2-2].
  if (name != "MQTT") {
    in.fail(CodecError::kUnsupportedVersion, "protocol name", "is not MQTT [MQTT-3.1.2-1]");
  } else if (level != static_cast<std::uint8_t>(Version::k311) &&
             level != static_cast<std::uint8_t>(Version::k5)) {
    in.fail(CodecError::kUnsupportedVersion, "protocol version", "is neither 4 (3.1.1) nor 5", level);
  }
  return static_cast<Version>(level);
}

void check_flags(std::uint8_t flags, WireReader& in) {
  if ((flags & kReservedFlag) != 0) {
    in.fail(CodecError::kMalformed, "reserved connect flag", "must be 0 [MQTT-3.1.2-3]");
  }
  if ((flags & kWillFlag) == 0 && (flags & (kWillQosFlags | kWillRetainFlag)) != 0) {
    in.fail(CodecError::kMalformed, "Will QoS and Will Retain", "must be 0 without a will [MQTT-3.1.2-11]");
  }
}

Will read_will(WireReader& in, std::uint8_t flags, Version version) {
  Will will;
  will.qos = (flags & kWillQosFlags) >> 3;
  will.retain = (flags & kWillRetainFlag) != 0;
  if (version == Version::k5) {
    will.properties = Properties(read_properties(in, PropertyContext::kWill));
  }
  will.topic = in.text("Will Topic");
  will.payload = in.binary("Will Payload");
  return will;
}

std::uint8_t flags_of(const Connect& connect) {
  unsigned flags = connect.clean_start ? kCleanStartFlag : 0;
  if (connect.will) {
    flags |= kWillFlag | ((unsigned{connect.will->qos} << 3) & kWillQosFlags);
    flags |= connect.will->retain ? kWillRetainFlag : 0;
  }
  flags |= connect.user_name ? kUserNameFlag : 0;
  flags |= connect.password ? kPasswordFlag : 0;
  return static_cast<std::uint8_t>(flags);
}

}  // namespace

Result<Connect> decode_connect(const Frame& frame) {
  WireReader in = open_frame(frame, PacketType::kConnect);
  Connect connect;
  connect.version = read_version(in);
  if (!in.failed()) {
    check_remaining_length(frame, connect.version, in.failure());
  }
  const std::uint8_t flags = in.u8("connect flags");
  check_flags(flags, in);
  connect.clean_start = (flags & kCleanStartFlag) != 0;
  connect.keep_alive = in.u16("Keep Alive");
  if (connect.version == Version::k5) {
    connect.properties = Properties(read_properties(in, PropertyContext::kConnect));
  }
  connect.client_id = in.text("Client Identifier");
  if ((flags & kWillFlag) != 0) {
    connect.will = read_will(in, flags, connect.version);
  }
  if ((flags & kUserNameFlag) != 0) {
    connect.user_name = in.text("User Name");
  }
  if ((flags & kPasswordFlag) != 0) {
    connect.password = in.binary("Password");
  }
  check(connect, in.failure());
  return finish_decoding(in, PacketType::kConnect, std::move(connect));
}

Result<void> encode(const Connect& connect, std::string& out) {
  WireWriter writer(out);
  check(connect, writer.failure());
  writer.text("MQTT", "protocol name");
  writer.u8(static_cast<std::uint8_t>(connect.version));
  writer.u8(flags_of(connect));
  writer.u16(connect.keep_alive);
  if (connect.version == Version::k5) {
    write_properties(writer, connect.properties, PropertyContext::kConnect);
  }
  writer.text(connect.client_id, "Client Identifier");
  if (connect.will) {
    if (connect.version == Version::k5) {
      write_properties(writer, connect.will->properties, PropertyContext::kWill);
    }
    writer.text(connect.will->topic, "Will Topic");
    writer.binary(connect.will->payload, "Will Payload");
  }
  if (connect.user_name) {
    writer.text(*connect.user_name, "User Name");
  }
  if (connect.password) {
    writer.binary(*connect.password, "Password");
  }
  return writer.finish(PacketType::kConnect, 0);
}

}  // namespace mkb::mqtt
