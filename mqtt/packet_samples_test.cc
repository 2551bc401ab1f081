#include "mqtt/packet_samples.h"

#include <gtest/gtest.h>

#include <map>

namespace mkb::mqtt {
namespace {

class SampleTest : public testing::TestWithParam<PacketSample> {};

TEST_P(SampleTest, DecodesToTheValue) {
  const PacketSample& sample = GetParam();
  const FrameScan scan = next_frame(sample.bytes, kMaxPacketBytes);
  ASSERT_EQ(scan.state, FrameScan::State::kFrame);
  EXPECT_EQ(scan.frame.total_size, sample.bytes.size());
  const Result<Packet> packet = decode_packet(scan.frame, sample.version, sample.sender);
  ASSERT_TRUE(packet.ok()) << packet.error().message();
  EXPECT_TRUE(*packet == sample.packet);
}

TEST_P(SampleTest, EncodesToTheBytesAfterWhatIsThere) {
  const PacketSample& sample = GetParam();
  std::string out = "before";
  const Result<void> encoded = encode_packet(sample.packet, sample.version, sample.sender, out);
  ASSERT_TRUE(encoded.ok()) << encoded.error().message();
  EXPECT_EQ(out, "before" + sample.bytes);
}

TEST_P(SampleTest, OtherSidesPacketIsRefused) {
  const PacketSample& sample = GetParam();
  const FrameScan scan = next_frame(sample.bytes, kMaxPacketBytes);
  const Sender other = sample.sender == Sender::kClient ? Sender::kServer : Sender::kClient;
  if (may_send(other, scan.frame.type(), sample.version)) {
    return;
  }
  const Result<Packet> packet = decode_packet(scan.frame, sample.version, other);
  ASSERT_FALSE(packet.ok());
  EXPECT_TRUE(packet.error().is(CodecError::kProtocol));
}

INSTANTIATE_TEST_SUITE_P(Packets, SampleTest, testing::ValuesIn(packet_samples()),
                         [](const auto& each) { return each.param.name; });

TEST(PacketSamples, HaveEveryTypeInEveryVersionThatHasIt) {
  std::map<std::pair<Version, int>, int> counts;
  for (const PacketSample& sample : packet_samples()) {
    ++counts[{sample.version, static_cast<std::uint8_t>(sample.bytes[0]) >> 4}];
  }
  // The empty PINGREQ and PINGRESP are the same in both versions and so appear once each.
  EXPECT_EQ(counts.size(), 14u + 15u - 2u);
}

TEST(MaySend, FollowsTheDirectionsOfTheSpecification) {
  EXPECT_TRUE(may_send(Sender::kServer, PacketType::kDisconnect, Version::k5));
  EXPECT_FALSE(may_send(Sender::kServer, PacketType::kDisconnect, Version::k311));
  EXPECT_FALSE(may_send(Sender::kClient, PacketType::kAuth, Version::k311));
  EXPECT_TRUE(may_send(Sender::kClient, PacketType::kPubrec, Version::k311));
  EXPECT_FALSE(may_send(Sender::kClient, PacketType::kSuback, Version::k5));
  EXPECT_FALSE(may_send(Sender::kServer, PacketType::kPingreq, Version::k5));
  EXPECT_FALSE(may_send(Sender::kServer, static_cast<PacketType>(0), Version::k5));
}

}  // namespace
}  // namespace mkb::mqtt
