#include "mqtt/frame.h"

#include <gtest/gtest.h>

#include <string>

#include "mqtt/hex_bytes.h"

namespace mkb::mqtt {
namespace {

using State = FrameScan::State;

TEST(NextFrame, CutsOneFrameAndLeavesTheRest) {
  const std::string buffer = hex_bytes("40 02 00 0a d0 00 30");
  const FrameScan first = next_frame(std::string_view(buffer).substr(0, 6), kMaxPacketBytes);
  ASSERT_EQ(first.state, State::kFrame);
  EXPECT_EQ(first.frame.type(), PacketType::kPuback);
  EXPECT_EQ(first.frame.flags(), 0);
  EXPECT_EQ(first.frame.body, hex_bytes("00 0a"));
  EXPECT_EQ(first.frame.total_size, 4u);
  const FrameScan second = next_frame(std::string_view(buffer).substr(4), kMaxPacketBytes);
  ASSERT_EQ(second.state, State::kFrame);
  EXPECT_EQ(second.frame.type(), PacketType::kPingresp);
  EXPECT_EQ(second.frame.body, "");
}

TEST(NextFrame, SaysHowManyBytesAreMissing) {
  EXPECT_EQ(next_frame("", 100).missing, 2u);
  EXPECT_EQ(next_frame(hex_bytes("30"), 100).missing, 1u);
  EXPECT_EQ(next_frame(hex_bytes("30 80"), 1'000).missing, 1u);
  const FrameScan scan = next_frame(hex_bytes("30 80 02 00"), 1'000);
  EXPECT_EQ(scan.state, State::kNeedMore);
  EXPECT_EQ(scan.missing, 255u);
}

TEST(NextFrame, MissingNeverAsksForTooMuchAndLeadsToTheFrame) {
  for (const std::size_t body : {0u, 1u, 127u, 128u, 16'383u, 16'384u, 2'097'152u}) {
    std::string packet = "\x30";
    std::size_t rest = body;
    do {
      packet.push_back(static_cast<char>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
      rest >>= 7;
    } while (rest != 0);
    packet.append(body, 'x');
    std::size_t have = 0;
    int steps = 0;
    FrameScan scan = next_frame("", kMaxPacketBytes);
    while (scan.state == State::kNeedMore) {
      have += scan.missing;
      ASSERT_LE(have, packet.size());
      ASSERT_LT(++steps, 8);
      scan = next_frame(std::string_view(packet).substr(0, have), kMaxPacketBytes);
    }
    ASSERT_EQ(scan.state, State::kFrame);
    EXPECT_EQ(scan.frame.total_size, packet.size());
    EXPECT_EQ(scan.frame.body.size(), body);
  }
}

TEST(NextFrame, LimitCountsTheWholePacket) {
  const std::string packet = hex_bytes("30 03 00 01 't'");
  EXPECT_EQ(next_frame(packet, 5).state, State::kFrame);
  const FrameScan scan = next_frame(packet, 4);
  ASSERT_EQ(scan.state, State::kError);
  EXPECT_TRUE(scan.error().is(CodecError::kTooLarge));
  EXPECT_EQ(scan.error().message(), "PUBLISH: packet of 5 bytes is larger than the limit of 4");
}

TEST(NextFrame, TooLargeIsKnownFromTheHeaderAlone) {
  const FrameScan scan = next_frame(hex_bytes("30 ff ff ff 7f"), 1'000'000);
  ASSERT_EQ(scan.state, State::kError);
  EXPECT_TRUE(scan.error().is(CodecError::kTooLarge));
  EXPECT_EQ(next_frame(hex_bytes("30 ff ff ff 7f"), kMaxPacketBytes).missing, 268'435'455u);
}

TEST(NextFrame, FifthLengthByteIsMalformedEvenBeforeItComes) {
  for (const char* bytes : {"30 80 80 80 80", "30 ff ff ff ff", "30 80 80 80 80 01"}) {
    const FrameScan scan = next_frame(hex_bytes(bytes), kMaxPacketBytes);
    ASSERT_EQ(scan.state, State::kError) << bytes;
    EXPECT_TRUE(scan.error().is(CodecError::kMalformed));
    EXPECT_EQ(scan.error().message(), "PUBLISH: remaining length has more than four bytes");
  }
}

TEST(NextFrame, ReservedTypeIsMalformedAtItsFirstByte) {
  const FrameScan scan = next_frame(hex_bytes("0f"), kMaxPacketBytes);
  ASSERT_EQ(scan.state, State::kError);
  EXPECT_TRUE(scan.error().is(CodecError::kMalformed));
  EXPECT_EQ(scan.error().message(), "packet type 0 is reserved [MQTT-2.1.2]");
}

}  // namespace
}  // namespace mkb::mqtt
