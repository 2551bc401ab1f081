#include <gtest/gtest.h>

#include <string>

#include "mqtt/packet_generator.h"
#include "mqtt/packet_samples.h"

namespace mkb::mqtt {
namespace {

/// A frame of the sample's type with another body, with the header that such a packet would have.
Frame frame_with_body(const PacketSample& sample, std::string_view body) {
  return {static_cast<std::uint8_t>(sample.bytes[0]), body, body.size() + 1 + varint_size(body.size())};
}

/// What decodes must encode, and decode to the same value again.
void expect_stable(const Packet& packet, Version version, Sender sender, const std::string& where) {
  std::string bytes;
  const Result<void> encoded = encode_packet(packet, version, sender, bytes);
  ASSERT_TRUE(encoded.ok()) << where << ": " << encoded.error().message();
  const FrameScan scan = next_frame(bytes, kMaxPacketBytes);
  ASSERT_EQ(scan.state, FrameScan::State::kFrame) << where;
  ASSERT_EQ(scan.frame.total_size, bytes.size()) << where;
  const Result<Packet> again = decode_packet(scan.frame, version, sender);
  ASSERT_TRUE(again.ok()) << where << ": " << again.error().message();
  ASSERT_TRUE(*again == packet) << where;
}

class DamageTest : public testing::TestWithParam<PacketSample> {};

TEST_P(DamageTest, StreamCutAtEveryOffsetNeedsTheRest) {
  const PacketSample& sample = GetParam();
  for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
    const FrameScan scan = next_frame(std::string_view(sample.bytes).substr(0, size), kMaxPacketBytes);
    ASSERT_EQ(scan.state, FrameScan::State::kNeedMore) << size;
    ASSERT_GT(scan.missing, 0u);
    ASSERT_LE(scan.missing, sample.bytes.size() - size);
    if (size >= 2) {  // samples are short: their header has two bytes
      ASSERT_EQ(scan.missing, sample.bytes.size() - size);
    }
  }
}

TEST_P(DamageTest, BodyCutAtEveryOffsetIsRefusedUnlessTheRestIsOptional) {
  const PacketSample& sample = GetParam();
  const std::string_view body = std::string_view(sample.bytes).substr(2);
  for (std::size_t size = 0; size < body.size(); ++size) {
    // An exact copy, so that a sanitizer sees reads beyond the cut.
    const std::string cut(body.substr(0, size));
    const Result<Packet> packet = decode_packet(frame_with_body(sample, std::string_view(cut.data(), size)),
                                                sample.version, sample.sender);
    ASSERT_EQ(packet.ok(), sample.valid_body_cuts.contains(size)) << size;
    if (packet.ok()) {
      EXPECT_FALSE(*packet == sample.packet) << size;
      expect_stable(*packet, sample.version, sample.sender, "cut at " + std::to_string(size));
    } else {
      EXPECT_FALSE(packet.error().message().empty());
      EXPECT_TRUE(packet.error().is(CodecError::kMalformed) || packet.error().is(CodecError::kProtocol));
    }
  }
}

TEST_P(DamageTest, BytesAfterTheEndAreRefusedUnlessTheyAreMoreOfTheSame) {
  const PacketSample& sample = GetParam();
  for (const char extra : {'\0', '\x01', '\xff'}) {
    const std::string body = sample.bytes.substr(2) + extra;
    const Result<Packet> packet = decode_packet(frame_with_body(sample, body), sample.version, sample.sender);
    if (packet.ok()) {
      // In MQTT 5 a zero can write out the reason or the property length that the sample leaves out.
      EXPECT_TRUE(!(*packet == sample.packet) || (sample.version == Version::k5 && extra == '\0'));
      expect_stable(*packet, sample.version, sample.sender, "with a byte more");
    }
  }
}

TEST_P(DamageTest, EveryByteReplacedByEveryOther) {
  const PacketSample& sample = GetParam();
  std::size_t refused = 0;
  for (std::size_t at = 0; at < sample.bytes.size(); ++at) {
    for (int value = 0; value <= 0xff; ++value) {
      std::string bytes = sample.bytes;
      bytes[at] = static_cast<char>(value);
      if (bytes == sample.bytes) {
        continue;
      }
      const FrameScan scan = next_frame(bytes, kMaxPacketBytes);
      if (scan.state != FrameScan::State::kFrame) {
        ++refused;
        continue;
      }
      const Result<Packet> packet = decode_packet(scan.frame, sample.version, sample.sender);
      if (!packet.ok()) {
        ++refused;
        continue;
      }
      ASSERT_FALSE(*packet == sample.packet) << at << " " << value;
      expect_stable(*packet, sample.version, sample.sender,
                    "byte " + std::to_string(at) + " = " + std::to_string(value));
    }
  }
  EXPECT_GT(refused, 0u);
}

INSTANTIATE_TEST_SUITE_P(Packets, DamageTest, testing::ValuesIn(packet_samples()),
                         [](const auto& each) { return each.param.name; });

TEST(Damage, RandomPacketsWithRandomDamageAreRefusedOrStable) {
  PacketGenerator generator(99);
  std::mt19937_64 random(100);
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 60'000; ++i) {
    const auto type = static_cast<PacketType>(1 + random() % 15);
    const Version version = random() % 4 == 0 ? Version::k311 : Version::k5;
    const Sender sender = random() % 2 == 0 ? Sender::kClient : Sender::kServer;
    if (!may_send(sender, type, version)) {
      continue;
    }
    std::string bytes;
    ASSERT_TRUE(encode_packet(generator.packet(type, version, sender), version, sender, bytes).ok());
    const std::size_t at = random() % bytes.size();
    switch (random() % 3) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes.erase(at, 1 + random() % 3);
        break;
      default:
        bytes.insert(at, 1 + random() % 3, static_cast<char>(random()));
    }
    const FrameScan scan = next_frame(bytes, kMaxPacketBytes);
    if (scan.state != FrameScan::State::kFrame) {
      ++refused;
      continue;
    }
    const Result<Packet> packet = decode_packet(scan.frame, version, sender);
    ++(packet.ok() ? accepted : refused);
    if (packet.ok()) {
      expect_stable(*packet, version, sender, "packet " + std::to_string(i));
    }
  }
  EXPECT_GT(accepted, 1'000u);
  EXPECT_GT(refused, 1'000u);
}

}  // namespace
}  // namespace mkb::mqtt
