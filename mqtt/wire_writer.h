#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mqtt/codec_failure.h"

namespace mkb::mqtt {

/// Bytes that a value takes as a variable byte integer (1.5.5).
constexpr std::size_t varint_size(std::size_t value) {
  return value < 128 ? 1 : value < 16'384 ? 2 : value < 2'097'152 ? 3 : 4;
}

/// Appends one packet's body in MQTT's data representations (1.5) to a string that may hold other packets
/// already; finish() puts the fixed header before it. The first failure sticks and finish() undoes all.
class WireWriter {
 public:
  explicit WireWriter(std::string& out) : out_(out), start_(out.size()) {}

  void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void u16(std::uint16_t value);
  void u32(std::uint32_t value);
  /// `value` <= kMaxVariableByteInteger, otherwise the packet is too large.
  void varint(std::size_t value);
  /// Binary data with its two-byte length.
  void binary(std::string_view bytes, const char* field);
  /// A UTF-8 string with its two-byte length, validated.
  void text(std::string_view text, const char* field);
  /// Bytes as they are.
  void raw(std::string_view bytes) { out_.append(bytes); }

  [[nodiscard]] CodecFailure& failure() { return failure_; }

  /// Completes the packet. On failure the string is as it was before.
  Result<void> finish(PacketType type, std::uint8_t flags);

 private:
  std::string& out_;
  std::size_t start_;
  CodecFailure failure_;
};

}  // namespace mkb::mqtt
