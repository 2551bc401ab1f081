#include "bench/publish_flow.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "mqtt/frame.h"
#include "mqtt/publish.h"

namespace mkb::bench {
namespace {

using mqtt::Sender;
using mqtt::Version;

std::vector<mqtt::Publish> decode_all(std::string_view bytes) {
  std::vector<mqtt::Publish> all;
  while (!bytes.empty()) {
    const mqtt::FrameScan scan = mqtt::next_frame(bytes, mqtt::kMaxPacketBytes);
    EXPECT_EQ(scan.state, mqtt::FrameScan::State::kFrame);
    const auto publish = mqtt::decode_publish(scan.frame, Version::k5, Sender::kServer);
    EXPECT_TRUE(publish.ok());
    if (!publish) {
      break;
    }
    all.emplace_back(*publish);
    bytes.remove_prefix(scan.frame.total_size);
  }
  return all;
}

std::unique_ptr<PublishBlock> block_of(std::size_t packets, std::size_t payload_bytes = 256) {
  return std::make_unique<PublishBlock>(std::vector<PublishTarget>{{"a/1/t", 7}, {"a/2/t", 9}}, Version::k5,
                                        Sender::kServer, packets, payload_bytes);
}

std::string puback(std::uint16_t id) {
  return {'\x40', '\x02', static_cast<char>(id >> 8), static_cast<char>(id)};
}

TEST(PublishBlock, HasJsonPayloadsOfTheSizeAskedFor) {
  for (const std::size_t size : {192u, 255u, 256u, 257u, 1000u}) {
    PublishBlock block = std::move(*block_of(5, size));
    block.set_packet_id(3, 0x1234);
    block.set_timestamp(3, 1'764'000'000'123'456'789);
    const auto publish = decode_all(block.bytes(3, 1)).at(0);
    EXPECT_EQ(publish.payload.size(), size);
    EXPECT_EQ(publish.packet_id, 0x1234);
    EXPECT_EQ(publish.qos, 1);
    const auto json = nlohmann::json::parse(publish.payload);
    EXPECT_EQ(json.at("t"), 1'764'000'000'123'456'789);
    EXPECT_EQ(publish.payload.substr(kTimestampOffset, kTimestampDigits), "1764000000123456789");
  }
}

TEST(PublishBlock, GoesRoundOverItsTargetsWithTheirIdentifiers) {
  const auto block = block_of(4);
  const auto all = decode_all(block->bytes(0, 4));
  ASSERT_EQ(all.size(), 4u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].topic, i % 2 == 0 ? "a/1/t" : "a/2/t");
    EXPECT_EQ(all[i].properties.view().integer(mqtt::PropertyId::kSubscriptionIdentifier),
              i % 2 == 0 ? 7u : 9u);
  }
}

TEST(PublishBlock, PayloadsDiffer) {
  std::set<std::string> payloads;
  for (const auto& publish : decode_all(block_of(50)->bytes(0, 50))) {
    payloads.insert(publish.payload);
  }
  EXPECT_EQ(payloads.size(), 50u);
}

TEST(PublishFlow, KeepsTheWindow) {
  PublishFlow flow;
  EXPECT_EQ(flow.room(), 0u) << "nothing to send yet";
  flow.set_window(5);
  flow.set_block(block_of(3));
  EXPECT_EQ(decode_all(flow.next_run(100)).size(), 3u) << "a run ends with the block";
  EXPECT_EQ(decode_all(flow.next_run(100)).size(), 2u) << "and with the window";
  EXPECT_TRUE(flow.next_run(100).empty());
  EXPECT_EQ(flow.take_acknowledgements(puback(1) + puback(2)), 8u);
  EXPECT_EQ(flow.room(), 2u);
  EXPECT_EQ(flow.acknowledged(), 2u);
  EXPECT_EQ(flow.sent(), 5u);
  EXPECT_EQ(decode_all(flow.next_run(1)).at(0).packet_id, 6);
}

TEST(PublishFlow, NeverGivesOutPacketIdentifierZero) {
  PublishFlow flow;
  flow.set_window(65'535);
  flow.set_block(block_of(1));
  for (int i = 1; i <= 65'535; ++i) {
    ASSERT_EQ(decode_all(flow.next_run(1)).at(0).packet_id, i);
    flow.take_acknowledgements(puback(static_cast<std::uint16_t>(i)));
  }
  EXPECT_EQ(decode_all(flow.next_run(1)).at(0).packet_id, 1);
  EXPECT_EQ(flow.out_of_order(), 0u);
}

TEST(PublishFlow, NoticesAcknowledgementsOutOfOrder) {
  PublishFlow flow;
  flow.set_window(10);
  flow.set_block(block_of(10));
  flow.next_run(10);
  flow.take_acknowledgements(puback(1) + puback(3) + puback(2) + puback(4));
  EXPECT_EQ(flow.out_of_order(), 2u);
  EXPECT_EQ(flow.acknowledged(), 4u);
}

TEST(PublishFlow, TakesWholePubacksOnlyAndNothingElse) {
  PublishFlow flow;
  flow.set_window(10);
  flow.set_block(block_of(10));
  flow.next_run(10);
  const std::string with_reason = {'\x40', '\x03', '\x00', '\x01', '\x10'};
  EXPECT_EQ(flow.take_acknowledgements(with_reason.substr(0, 4)), 0u);
  EXPECT_EQ(flow.take_acknowledgements(with_reason + puback(2).substr(0, 3)), 5u);
  EXPECT_EQ(flow.take_acknowledgements(std::string("\xd0\x00", 2) + puback(2)), 0u);
  EXPECT_EQ(flow.acknowledged(), 1u);
}

}  // namespace
}  // namespace mkb::bench
