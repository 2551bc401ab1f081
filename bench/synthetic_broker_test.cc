#include "bench/synthetic_broker.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "mqtt/ack.h"
#include "mqtt/connack.h"
#include "mqtt/connect.h"
#include "mqtt/frame.h"
#include "mqtt/ping.h"
#include "mqtt/publish.h"
#include "mqtt/subscribe.h"
#include "mqtt/topic_filter.h"

namespace mkb::bench {
namespace {

/// A subscriber that reads when told to; a read of nothing for 10 s fails the test.
class Subscriber {
 public:
  Subscriber(std::uint16_t port, mqtt::Version version) : version_(version) {
    const timeval limit{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Subscriber() { close(fd_); }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  void send(const std::string& bytes) {
    ASSERT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void open(std::uint16_t receive_maximum) {
    mqtt::Connect connect;
    connect.version = version_;
    connect.client_id = "test";
    connect.properties.add(mqtt::PropertyId::kReceiveMaximum, receive_maximum);
    std::string bytes;
    ASSERT_TRUE(mqtt::encode(connect, bytes).ok());
    send(bytes);
    const auto connack = mqtt::decode_connack(next(), version_);
    ASSERT_TRUE(connack.ok());
    EXPECT_EQ(connack->reason, mqtt::ReasonCode::kSuccess);
  }
  void subscribe(const std::string& filter, std::uint32_t identifier) {
    mqtt::Subscribe subscribe;
    subscribe.packet_id = 1;
    subscribe.subscriptions.push_back({filter, 1, false, false, mqtt::RetainHandling::kSend});
    if (version_ == mqtt::Version::k5) {
      subscribe.properties.add(mqtt::PropertyId::kSubscriptionIdentifier, identifier);
    }
    std::string bytes;
    ASSERT_TRUE(mqtt::encode(subscribe, version_, bytes).ok());
    send(bytes);
    ASSERT_EQ(next().type(), mqtt::PacketType::kSuback);
  }
  /// Valid until the next call.
  mqtt::Frame next() {
    input_.erase(0, taken_);
    for (;;) {
      const auto scan = mqtt::next_frame(input_, mqtt::kMaxPacketBytes);
      if (scan.state == mqtt::FrameScan::State::kFrame) {
        taken_ = scan.frame.total_size;
        return scan.frame;
      }
      char buffer[4096];
      const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) {
        ADD_FAILURE() << "the broker sent nothing";
        taken_ = 0;
        return {};
      }
      input_.append(buffer, static_cast<std::size_t>(got));
    }
  }
  mqtt::Publish next_publish() {
    const mqtt::Frame frame = next();
    EXPECT_EQ(frame.type(), mqtt::PacketType::kPublish);
    const auto publish = mqtt::decode_publish(frame, version_, mqtt::Sender::kServer);
    EXPECT_TRUE(publish.ok());
    return publish ? mqtt::Publish(*publish) : mqtt::Publish();
  }
  void acknowledge(std::uint16_t id) {
    std::string bytes;
    mqtt::append_ack(bytes, mqtt::PacketType::kPuback, id, mqtt::ReasonCode::kSuccess, version_);
    send(bytes);
  }

 private:
  int fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  mqtt::Version version_;
  std::string input_;
  std::size_t taken_ = 0;
};

class SyntheticBrokerTest : public testing::TestWithParam<mqtt::Version> {};

TEST_P(SyntheticBrokerTest, FloodsUpToTheWindowAndGoesOnAsItIsAcknowledged) {
  FloodOptions options;
  options.window_311 = 4;
  const SyntheticBroker broker(options);
  Subscriber subscriber(broker.port(), GetParam());
  subscriber.open(4);
  subscriber.subscribe("fleet/+/telemetry", 77);
  std::uint16_t id = 1;
  for (; id <= 4; ++id) {
    const auto publish = subscriber.next_publish();
    EXPECT_EQ(publish.packet_id, id);
    EXPECT_EQ(publish.payload.size(), 256u);
    EXPECT_TRUE(mqtt::matches("fleet/+/telemetry", publish.topic)) << publish.topic;
    EXPECT_EQ(publish.properties.view().integer(mqtt::PropertyId::kSubscriptionIdentifier).value_or(77), 77u);
    EXPECT_EQ(publish.properties.empty(), GetParam() == mqtt::Version::k311);
  }
  // The window is full, so the next packet is the answer to this.
  std::string ping;
  mqtt::append_pingreq(ping);
  subscriber.send(ping);
  EXPECT_EQ(subscriber.next().type(), mqtt::PacketType::kPingresp);
  EXPECT_EQ(broker.counts().sent, 4u);
  for (std::uint16_t acknowledged = 1; acknowledged <= 100; ++acknowledged) {
    subscriber.acknowledge(acknowledged);
    EXPECT_EQ(subscriber.next_publish().packet_id, id++);
  }
  EXPECT_EQ(broker.counts().acknowledged, 100u);
  EXPECT_EQ(broker.counts().sent, 104u);
  EXPECT_EQ(broker.counts().out_of_order, 0u);
}
INSTANTIATE_TEST_SUITE_P(Versions, SyntheticBrokerTest,
                         testing::Values(mqtt::Version::k311, mqtt::Version::k5),
                         [](const auto& test) { return test.param == mqtt::Version::k5 ? "v5" : "v311"; });

TEST(SyntheticBroker, ServesSessionsOneAfterTheOther) {
  const SyntheticBroker broker(FloodOptions{});
  for (int i = 0; i < 3; ++i) {
    Subscriber subscriber(broker.port(), mqtt::Version::k5);
    subscriber.open(10);
    subscriber.subscribe("a/#", 1);
    EXPECT_EQ(subscriber.next_publish().topic, "a/state");
  }
}

}  // namespace
}  // namespace mkb::bench
