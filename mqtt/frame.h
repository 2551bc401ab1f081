#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mqtt/codec_error.h"
#include "mqtt/protocol.h"

namespace mkb::mqtt {

/// One whole control packet, cut out of a byte stream but not decoded; a view into the buffer it came from.
struct Frame {
  std::uint8_t first_byte = 0;  ///< type and flags
  std::string_view body;        ///< what follows the fixed header
  std::size_t total_size = 0;   ///< bytes to consume, fixed header included

  [[nodiscard]] PacketType type() const { return static_cast<PacketType>(first_byte >> 4); }
  [[nodiscard]] std::uint8_t flags() const { return first_byte & 0x0f; }
};

/// What next_frame() found at the start of a buffer. Trivial to copy; holds no message until asked.
struct FrameScan {
  enum class State : std::uint8_t {
    kFrame,     ///< `frame` is complete
    kNeedMore,  ///< at least `missing` bytes more are needed
    kError,     ///< the stream cannot be read on; error() says why
  };

  State state = State::kNeedMore;
  Frame frame;
  /// kNeedMore: the least number of bytes to add; exact once the fixed header is there.
  std::size_t missing = 0;
  CodecError code = CodecError::kMalformed;
  std::uint32_t limit = 0;  ///< the max_packet_size that was exceeded

  /// The failure in words; only for kError.
  [[nodiscard]] Error error() const;
};

/// Finds the first packet in `buffer`. `max_packet_size` bounds the whole packet, fixed header included, as
/// Maximum Packet Size does (3.1.2.11.4); a larger one is refused as soon as its length is known, before its
/// body is read. A remaining length of more than four bytes is malformed, and so is packet type 0.
FrameScan next_frame(std::string_view buffer, std::uint32_t max_packet_size);

}  // namespace mkb::mqtt
