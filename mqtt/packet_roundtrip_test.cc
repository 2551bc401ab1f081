#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mqtt/packet_generator.h"

namespace mkb::mqtt {
namespace {

struct Kind {
  PacketType type;
  Version version;
  Sender sender;
};

std::vector<Kind> all_kinds() {
  std::vector<Kind> kinds;
  for (int type = 1; type <= 15; ++type) {
    for (const Version version : {Version::k311, Version::k5}) {
      for (const Sender sender : {Sender::kClient, Sender::kServer}) {
        if (may_send(sender, static_cast<PacketType>(type), version)) {
          kinds.push_back({static_cast<PacketType>(type), version, sender});
        }
      }
    }
  }
  return kinds;
}

TEST(RoundTrip, EveryRandomPacketComesBackEqual) {
  PacketGenerator generator(20'260'101);
  std::size_t with_properties = 0;
  for (const Kind& kind : all_kinds()) {
    for (int i = 0; i < 500; ++i) {
      const Packet packet = generator.packet(kind.type, kind.version, kind.sender);
      std::string bytes;
      const Result<void> encoded = encode_packet(packet, kind.version, kind.sender, bytes);
      ASSERT_TRUE(encoded.ok()) << encoded.error().message();
      const FrameScan scan = next_frame(bytes, kMaxPacketBytes);
      ASSERT_EQ(scan.state, FrameScan::State::kFrame);
      ASSERT_EQ(scan.frame.total_size, bytes.size());
      ASSERT_EQ(scan.frame.type(), kind.type);
      const Result<Packet> decoded = decode_packet(scan.frame, kind.version, kind.sender);
      ASSERT_TRUE(decoded.ok()) << decoded.error().message();
      ASSERT_TRUE(*decoded == packet) << packet_type_name(kind.type) << " " << i;
      with_properties += kind.version == Version::k5 && bytes.size() > 20 ? 1 : 0;
    }
  }
  EXPECT_GT(with_properties, 3'000u);  // the generator does make packets worth testing
}

TEST(RoundTrip, PacketsInOneBufferComeBackInOrder) {
  PacketGenerator generator(7);
  std::vector<Packet> sent;
  std::string stream;
  for (int i = 0; i < 2'000; ++i) {
    const PacketType type = i % 3 == 0 ? PacketType::kPuback : PacketType::kPublish;
    sent.push_back(generator.packet(type, Version::k5, Sender::kServer));
    ASSERT_TRUE(encode_packet(sent.back(), Version::k5, Sender::kServer, stream).ok());
  }
  std::string_view rest = stream;
  for (const Packet& packet : sent) {
    const FrameScan scan = next_frame(rest, kMaxPacketBytes);
    ASSERT_EQ(scan.state, FrameScan::State::kFrame);
    const Result<Packet> decoded = decode_packet(scan.frame, Version::k5, Sender::kServer);
    ASSERT_TRUE(decoded.ok());
    ASSERT_TRUE(*decoded == packet);
    rest.remove_prefix(scan.frame.total_size);
  }
  EXPECT_TRUE(rest.empty());
}

}  // namespace
}  // namespace mkb::mqtt
