#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mqtt/codec_failure.h"
#include "mqtt/utf8.h"

namespace mkb::mqtt {

/// Reads MQTT's data representations (1.5) from bytes. The first failure sticks: reads after it return zero
/// or nothing and consume nothing, so that a decoder checks once, at its end. `field` names what is read.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8(const char* field) {
    const std::string_view bytes = take(1, field);
    return bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes[0]);
  }
  std::uint16_t u16(const char* field) { return static_cast<std::uint16_t>(big_endian(2, field)); }
  std::uint32_t u32(const char* field) { return big_endian(4, field); }

  /// A variable byte integer in its shortest form [MQTT-1.5.5-1].
  std::uint32_t varint(const char* field) {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
      const std::uint8_t byte = u8(field);
      value |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) {
        if (byte == 0 && shift != 0) {
          fail(CodecError::kMalformed, field, "is longer than it needs to be [MQTT-1.5.5-1]");
        }
        return value;
      }
    }
    fail(CodecError::kMalformed, field, "has more than four bytes");
    return 0;
  }

  /// Binary data with its two-byte length.
  std::string_view binary(const char* field) { return take(u16(field), field); }

  /// A UTF-8 string with its two-byte length, validated.
  std::string_view text(const char* field) {
    const std::string_view bytes = binary(field);
    if (!is_mqtt_utf8(bytes)) {
      fail(CodecError::kMalformed, field, "is not UTF-8 without U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]");
    }
    return bytes;
  }

  /// Exactly `count` bytes.
  std::string_view take(std::size_t count, const char* field) {
    if (rest_.size() < count) {
      fail(CodecError::kMalformed, field, "is cut short");
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  /// Fails when bytes are left over.
  void expect_end() {
    if (!rest_.empty()) {
      fail(CodecError::kMalformed, "packet", "goes on after its last field");
    }
  }

  void fail(CodecError code, const char* field, const char* what) {
    failure_.set(code, field, what);
    rest_ = {};
  }

  void fail(CodecError code, const char* field, const char* what, std::uint32_t value) {
    failure_.set(code, field, what, value);
    rest_ = {};
  }

  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] bool failed() const { return failure_.failed(); }
  [[nodiscard]] CodecFailure& failure() { return failure_; }
  [[nodiscard]] const CodecFailure& failure() const { return failure_; }

 private:
  std::uint32_t big_endian(std::size_t width, const char* field) {
    std::uint32_t value = 0;
    for (const char byte : take(width, field)) {
      value = (value << 8) | static_cast<std::uint8_t>(byte);
    }
    return value;
  }

  std::string_view rest_;
  CodecFailure failure_;
};

}  // namespace mkb::mqtt
