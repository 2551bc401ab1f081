#include "bench/publish_flow.h"

#include <utility>

namespace mkb::bench {
namespace {

constexpr char kPuback = '\x40';

std::uint16_t after(std::uint16_t id) {
  return id == 0xffff ? std::uint16_t{1} : static_cast<std::uint16_t>(id + 1);
}

std::uint8_t byte(char c) {
  return static_cast<std::uint8_t>(c);
}

}  // namespace

void PublishFlow::set_block(std::unique_ptr<PublishBlock> block) {
  block_ = std::move(block);
  next_packet_ = 0;
}

std::string_view PublishFlow::next_run(std::size_t at_most, std::uint64_t timestamp) {
  const std::size_t first = next_packet_;
  const std::size_t count = std::min({room(), block_->size() - first, at_most});
  if (count == 0) {
    return {};
  }
  for (std::size_t i = first; i < first + count; ++i) {
    block_->set_packet_id(i, next_id_);
    next_id_ = after(next_id_);
    if (timestamp != 0) {
      block_->set_timestamp(i, timestamp);
    }
  }
  next_packet_ = (first + count) % block_->size();
  in_flight_ += static_cast<std::uint32_t>(count);
  sent_ += count;
  return block_->bytes(first, count);
}

std::size_t PublishFlow::take_acknowledgements(std::string_view bytes) {
  std::size_t at = 0;
  // A PUBACK has two bytes of identifier, in MQTT 5 perhaps a reason code and no properties to speak of.
  while (bytes.size() - at >= 4 && bytes[at] == kPuback && bytes.size() - at >= 2u + byte(bytes[at + 1])) {
    const auto id = static_cast<std::uint16_t>(byte(bytes[at + 2]) << 8 | byte(bytes[at + 3]));
    out_of_order_ += id != expected_ack_ ? 1 : 0;
    expected_ack_ = after(expected_ack_);
    ++acknowledged_;
    --in_flight_;
    at += 2u + byte(bytes[at + 1]);
  }
  return at;
}

}  // namespace mkb::bench
