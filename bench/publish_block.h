#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt/protocol.h"

namespace mkb::bench {

/// What a PUBLISH of the bench carries: its topic, and in MQTT 5 the identifier of the subscription that
/// wants it.
struct PublishTarget {
  std::string topic;
  std::uint32_t subscription_id = 0;  ///< 0: none
};

/// QoS 1 PUBLISHes encoded once and sent over and over: sending one more costs two bytes of packet identifier
/// and, when wanted, a timestamp. Packets follow each other in memory, so any run of them is one write.
class PublishBlock {
 public:
  /// `packets` PUBLISHes, going round over `targets`; the payload is a JSON object of exactly `payload_bytes`
  /// (at least 128).
  PublishBlock(const std::vector<PublishTarget>& targets, mqtt::Version version, mqtt::Sender sender,
               std::size_t packets, std::size_t payload_bytes);

  [[nodiscard]] std::size_t size() const { return packets_.size(); }
  void set_packet_id(std::size_t packet, std::uint16_t id) {
    bytes_[packets_[packet].packet_id] = static_cast<char>(id >> 8);
    bytes_[packets_[packet].packet_id + 1] = static_cast<char>(id);
  }
  /// Writes the member "t" of the payload: nanoseconds since the epoch, 19 digits.
  void set_timestamp(std::size_t packet, std::uint64_t nanoseconds);
  /// The bytes of packets [first, first + count), valid until they are changed.
  [[nodiscard]] std::string_view bytes(std::size_t first, std::size_t count) const;

 private:
  struct Packet {
    std::size_t begin = 0;
    std::size_t packet_id = 0;
    std::size_t timestamp = 0;
  };
  std::string bytes_;
  std::vector<Packet> packets_;
};

/// Where the 19 digits of set_timestamp() are in a payload of the bench.
inline constexpr std::size_t kTimestampOffset = 5;
inline constexpr std::size_t kTimestampDigits = 19;

}  // namespace mkb::bench
