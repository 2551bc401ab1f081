#include "mqtt/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mkb::mqtt {
namespace {

/// True when all eight bytes are ASCII and none is zero.
bool eight_plain_bytes(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  const std::uint64_t ones = 0x0101010101010101;
  const std::uint64_t highs = 0x8080808080808080;
  // Subtracting one sets the high bit of a zero byte, and of bytes above 0x80, which `word` shows itself.
  return ((word | (word - ones)) & highs) == 0;
}

bool is_continuation(unsigned char byte) {
  return (byte & 0xc0) == 0x80;
}

/// Length of the well-formed multi-byte sequence at the start of `bytes`, 0 when there is none.
/// The ranges are those of table 3-7 of the Unicode standard.
std::size_t sequence_length(const unsigned char* bytes, std::size_t available) {
  const unsigned char lead = bytes[0];
  if (lead < 0xc2 || lead > 0xf4) {
    return 0;
  }
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (available < length) {
    return 0;
  }
  const unsigned char second = bytes[1];
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(bytes[i])) {
      return 0;
    }
  }
  return length;
}

}  // namespace

bool is_mqtt_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8 && eight_plain_bytes(text.data() + at)) {
      at += 8;
      continue;
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data()) + at;
    if (*bytes == 0) {
      return false;
    }
    const std::size_t length = *bytes < 0x80 ? 1 : sequence_length(bytes, text.size() - at);
    if (length == 0) {
      return false;
    }
    at += length;
  }
  return true;
}

}  // namespace mkb::mqtt
