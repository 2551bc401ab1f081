#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include "bench/publish_block.h"

namespace mkb::bench {

/// The sending half of a QoS 1 flow: packet identifiers, the window that the receiver has announced, and its
/// PUBACKs, which must come in the order of the PUBLISHes [MQTT-4.6.0-2]. One thread.
class PublishFlow {
 public:
  void set_window(std::uint32_t messages) { window_ = messages; }
  void set_block(std::unique_ptr<PublishBlock> block);

  /// Messages that may be sent now.
  [[nodiscard]] std::size_t room() const { return block_ ? window_ - std::min(window_, in_flight_) : 0; }
  [[nodiscard]] std::uint32_t window() const { return window_; }

  /// The bytes of up to `at_most` further messages, fewer where the block ends; valid until the next call.
  /// `timestamp` 0: none is written.
  std::string_view next_run(std::size_t at_most, std::uint64_t timestamp = 0);

  /// Takes the PUBACKs at the front of `bytes` and returns how many bytes they had.
  std::size_t take_acknowledgements(std::string_view bytes);

  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  /// PUBACKs that were not for the oldest message.
  [[nodiscard]] std::uint64_t out_of_order() const { return out_of_order_; }

 private:
  std::unique_ptr<PublishBlock> block_;
  std::size_t next_packet_ = 0;  ///< of the block
  std::uint32_t window_ = 0;
  std::uint32_t in_flight_ = 0;
  std::uint16_t next_id_ = 1;
  std::uint16_t expected_ack_ = 1;
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t out_of_order_ = 0;
};

}  // namespace mkb::bench
