#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mkb::lab {

/// MQTT control packet types, as their number in the fixed header [MQTT-2.1.2].
enum class PacketType : std::uint8_t {
  kConnect = 1,
  kConnack,
  kPublish,
  kPuback,
  kPubrec,
  kPubrel,
  kPubcomp,
  kSubscribe,
  kSuback,
  kUnsubscribe,
  kUnsuback,
  kPingreq,
  kPingresp,
  kDisconnect,
  kAuth
};

/// A control packet as the bytes on the wire. Built by hand, byte by byte from the specification's tables and
/// not with the project's codecs, so that an error there cannot hide itself.
struct RawPacket {
  std::uint8_t first = 0;  ///< type and flags
  std::string body;        ///< after the fixed header

  [[nodiscard]] PacketType type() const { return static_cast<PacketType>(first >> 4); }
  /// The packet identifier of PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE and UNSUBSCRIBE.
  [[nodiscard]] std::uint16_t packet_id() const;
  /// With its fixed header.
  [[nodiscard]] std::string wire() const;
};

/// A Variable Byte Integer [MQTT-1.5.5].
std::string variable_integer(std::size_t value);
/// Two bytes, the higher one first.
std::string two_bytes(std::uint16_t value);
/// A string with its length before it.
std::string length_prefixed(const std::string& text);

/// What the broker side sends. `version` is 5 or 4 (3.1.1); `properties` are encoded MQTT 5 properties.
RawPacket connack(int version, bool session_present, std::uint8_t reason = 0,
                  const std::string& properties = {});
RawPacket suback(int version, std::uint16_t packet_id, const std::vector<std::uint8_t>& reasons);
struct RawPublish {
  std::string topic;
  std::string payload;
  std::uint8_t qos = 1;
  std::uint16_t packet_id = 1;
  bool dup = false;
  std::string properties;
};
RawPacket publish(int version, const RawPublish& message);
RawPacket pubrel(std::uint16_t packet_id);
RawPacket pingresp();

}  // namespace mkb::lab
