#pragma once

#include <cstddef>
#include <cstdint>

namespace mkb::mqtt {

/// The protocol versions spoken, by the protocol level that CONNECT carries.
enum class Version : std::uint8_t { k311 = 4, k5 = 5 };

/// Control packet types by their number in the fixed header (MQTT 5, 2.1.2).
enum class PacketType : std::uint8_t {
  kConnect = 1,
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kPubrec = 5,
  kPubrel = 6,
  kPubcomp = 7,
  kSubscribe = 8,
  kSuback = 9,
  kUnsubscribe = 10,
  kUnsuback = 11,
  kPingreq = 12,
  kPingresp = 13,
  kDisconnect = 14,
  kAuth = 15,
};

/// The specification's name, e.g. "PUBLISH"; "reserved packet type" for anything else.
const char* packet_type_name(PacketType type);

/// Which side wrote a packet. Some properties and reason codes belong to one side only.
enum class Sender : std::uint8_t { kClient, kServer };

inline constexpr std::uint8_t kMaxQos = 2;
/// Longest string or binary field: its length prefix has two bytes.
inline constexpr std::size_t kMaxFieldBytes = 65'535;
/// Largest variable byte integer, so also the largest remaining length and subscription identifier.
inline constexpr std::uint32_t kMaxVariableByteInteger = 268'435'455;
/// Largest packet that the protocol can express: type byte, four length bytes, body.
inline constexpr std::uint32_t kMaxPacketBytes = kMaxVariableByteInteger + 5;
/// What a peer may have in flight when it did not announce Receive Maximum (3.1.2.11.3).
inline constexpr std::uint16_t kDefaultReceiveMaximum = 65'535;

}  // namespace mkb::mqtt
