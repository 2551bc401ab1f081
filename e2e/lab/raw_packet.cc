#include "e2e/lab/raw_packet.h"

#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace {

RawPacket make(PacketType type, unsigned flags, std::string body) {
  return {static_cast<std::uint8_t>((static_cast<unsigned>(type) << 4) | flags), std::move(body)};
}

std::string property_block(int version, const std::string& properties) {
  return version == 5 ? variable_integer(properties.size()) + properties : std::string();
}

}  // namespace

std::uint16_t RawPacket::packet_id() const {
  if (body.size() < 2) throw LabError("a packet without an identifier");
  return static_cast<std::uint16_t>((static_cast<std::uint8_t>(body[0]) << 8) |
                                    static_cast<std::uint8_t>(body[1]));
}

std::string RawPacket::wire() const {
  return std::string(1, static_cast<char>(first)) + variable_integer(body.size()) + body;
}

std::string variable_integer(std::size_t value) {
  std::string bytes;
  do {
    const auto low = static_cast<unsigned>(value % 128);
    value /= 128;
    bytes += static_cast<char>(value > 0 ? low | 0x80u : low);
  } while (value > 0);
  return bytes;
}

std::string two_bytes(std::uint16_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string length_prefixed(const std::string& text) {
  return two_bytes(static_cast<std::uint16_t>(text.size())) + text;
}

RawPacket connack(int version, bool session_present, std::uint8_t reason, const std::string& properties) {
  std::string body;
  body += static_cast<char>(session_present ? 1 : 0);
  body += static_cast<char>(reason);
  return make(PacketType::kConnack, 0, body + property_block(version, properties));
}

RawPacket suback(int version, std::uint16_t packet_id, const std::vector<std::uint8_t>& reasons) {
  return make(
      PacketType::kSuback, 0,
      two_bytes(packet_id) + property_block(version, {}) + std::string(reasons.begin(), reasons.end()));
}

RawPacket publish(int version, const RawPublish& message) {
  std::string body = length_prefixed(message.topic);
  if (message.qos > 0) body += two_bytes(message.packet_id);
  body += property_block(version, message.properties) + message.payload;
  const unsigned flags = (message.dup ? 8u : 0u) | (static_cast<unsigned>(message.qos) << 1);
  return make(PacketType::kPublish, flags, std::move(body));
}

RawPacket pubrel(std::uint16_t packet_id) {
  return make(PacketType::kPubrel, 2, two_bytes(packet_id));
}

RawPacket pingresp() {
  return make(PacketType::kPingresp, 0, {});
}

}  // namespace mkb::lab
