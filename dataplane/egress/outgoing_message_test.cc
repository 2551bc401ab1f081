#include "dataplane/egress/paho/outgoing_message.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

#include "mqtt/publish.h"

namespace mkb::dataplane {
namespace {

/// The size by this repository's own codec.
std::size_t encoded(const OutgoingMessage& message) {
  mqtt::Publish publish;
  publish.topic = message.topic;
  publish.payload = message.payload;
  publish.qos = static_cast<std::uint8_t>(message.qos);
  publish.retain = message.retain;
  publish.packet_id = message.qos > 0 ? 1 : 0;
  const auto text = [&publish](mqtt::PropertyId id, const std::optional<std::string>& value) {
    if (value) {
      publish.properties.add(id, *value);
    }
  };
  text(mqtt::PropertyId::kContentType, message.content_type);
  text(mqtt::PropertyId::kResponseTopic, message.response_topic);
  text(mqtt::PropertyId::kCorrelationData, message.correlation_data);
  if (message.expiry_seconds) {
    publish.properties.add(mqtt::PropertyId::kMessageExpiryInterval, *message.expiry_seconds);
  }
  if (message.utf8_payload) {
    publish.properties.add(mqtt::PropertyId::kPayloadFormatIndicator, std::uint32_t{1});
  }
  for (const auto& [name, value] : message.user_properties) {
    publish.properties.add_user_property(name, value);
  }
  std::string out;
  EXPECT_TRUE(mqtt::encode(publish, mqtt::Version::k5, mqtt::Sender::kClient, out).ok());
  return out.size();
}

TEST(OutgoingMessageTest, ItsSizeIsThatOfThePacket) {
  std::mt19937 random(1);
  const auto text = [&random](std::size_t most) { return std::string(random() % (most + 1), 'x'); };
  for (int i = 0; i < 2000; ++i) {
    OutgoingMessage message;
    message.topic = "t" + text(300);
    message.payload = text(i % 10 == 0 ? 70'000 : 300);
    message.qos = static_cast<int>(random() % 3);
    if (random() % 2 == 0) message.content_type = text(20);
    if (random() % 2 == 0) message.response_topic = "r" + text(20);
    if (random() % 2 == 0) message.correlation_data = text(200);
    if (random() % 2 == 0) message.expiry_seconds = random();
    message.utf8_payload = random() % 2 == 0;
    for (std::size_t n = random() % 4; n > 0; --n) {
      message.user_properties.emplace_back(text(20), text(200));
    }
    ASSERT_EQ(packet_size(message), encoded(message)) << i;
  }
}

}  // namespace
}  // namespace mkb::dataplane
