#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mqtt/packet.h"

// Input: one byte that chooses version (bit 0), sender (bit 1) and a small packet limit (bit 2), then a
// stream of packets. Whatever decodes must encode, and decode to the same value again.

namespace mkb::mqtt {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

/// Reads all that a view shows, so that a sanitizer sees each byte.
std::size_t touch(const PublishView& publish) {
  std::size_t sum = publish.payload.empty() ? 0 : static_cast<unsigned char>(publish.payload.back());
  for (const Property& property : publish.properties) {
    sum += property.integer + property.text.size() + property.value.size();
    require(std::string_view(property_name(property.id)) != "unknown property");
  }
  return sum;
}

void check_round_trip(const Packet& packet, Version version, Sender sender) {
  std::string bytes;
  require(encode_packet(packet, version, sender, bytes).ok());
  const FrameScan scan = next_frame(bytes, kMaxPacketBytes);
  require(scan.state == FrameScan::State::kFrame && scan.frame.total_size == bytes.size());
  const Result<Packet> again = decode_packet(scan.frame, version, sender);
  require(again.ok() && *again == packet);
}

void read_stream(std::string_view stream, Version version, Sender sender, std::uint32_t limit) {
  for (;;) {
    const FrameScan scan = next_frame(stream, limit);
    if (scan.state == FrameScan::State::kNeedMore) {
      require(scan.missing > 0);
      return;
    }
    if (scan.state == FrameScan::State::kError) {
      require(!scan.error().message().empty());
      return;
    }
    require(scan.frame.total_size <= limit && scan.frame.total_size <= stream.size());
    const Result<Packet> packet = decode_packet(scan.frame, version, sender);
    if (packet.ok()) {
      check_round_trip(*packet, version, sender);
    } else {
      require(!packet.error().message().empty());
    }
    if (scan.frame.type() == PacketType::kPublish) {
      const Result<PublishView> view = decode_publish(scan.frame, version, sender);
      require(view.ok() == packet.ok());
      if (view.ok()) {
        touch(*view);
        require(encoded_size(*view, version) <= scan.frame.total_size);
      }
    }
    stream.remove_prefix(scan.frame.total_size);
  }
}

}  // namespace
}  // namespace mkb::mqtt

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mkb::mqtt;
  if (size == 0) {
    return 0;
  }
  const std::uint32_t limit = (data[0] & 4) != 0 ? 64 : kMaxPacketBytes;
  read_stream({reinterpret_cast<const char*>(data) + 1, size - 1},
              (data[0] & 1) != 0 ? Version::k5 : Version::k311,
              (data[0] & 2) != 0 ? Sender::kServer : Sender::kClient, limit);
  return 0;
}
