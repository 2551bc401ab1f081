// The whole data plane in one process: a scripted MQTT broker on loopback, librdkafka's mock cluster behind
// it.
#include "dataplane/bridge.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <future>
#include <numeric>
#include <optional>
#include <thread>

#include "mqtt/packet.h"

namespace mkb::dataplane {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

/// Accepts one client after the other and answers as a broker does; keeps what it was sent.
class ScriptedBroker {
 public:
  explicit ScriptedBroker(asio::io_context& io)
      : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), socket_(io) {
    accept();
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void publish(std::uint16_t id, const std::string& topic, const std::string& payload) {
    mqtt::Publish packet;
    packet.topic = topic;
    packet.payload = payload;
    packet.qos = id == 0 ? 0 : 1;
    packet.packet_id = id;
    send(packet);
  }

  std::vector<std::uint16_t> acknowledged;
  std::vector<std::string> subscribed;
  int connects = 0;
  int disconnects = 0;
  bool session_present = false;

 private:
  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& ec, tcp::socket socket) {
      if (!ec) {
        socket_ = std::move(socket);
        pending_.clear();
        read();
        accept();
      }
    });
  }
  void read() {
    socket_.async_read_some(
        asio::buffer(buffer_), [this](const boost::system::error_code& ec, std::size_t n) {
          if (ec) {
            boost::system::error_code ignored;
            socket_.close(ignored);
            return;
          }
          pending_.append(buffer_.data(), n);
          for (;;) {
            const auto scan = mqtt::next_frame(pending_, mqtt::kMaxPacketBytes);
            if (scan.state != mqtt::FrameScan::State::kFrame) {
              break;
            }
            const auto packet = mqtt::decode_packet(scan.frame, mqtt::Version::k5, mqtt::Sender::kClient);
            ASSERT_TRUE(packet.ok()) << packet.error().message();
            answer(*packet);
            pending_.erase(0, scan.frame.total_size);
          }
          read();
        });
  }
  void answer(const mqtt::Packet& packet) {
    if (std::holds_alternative<mqtt::Connect>(packet)) {
      ++connects;
      mqtt::Connack connack;
      connack.session_present = session_present;
      send(connack);
    } else if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
      mqtt::Suback suback;
      suback.packet_id = subscribe->packet_id;
      for (const auto& each : subscribe->subscriptions) {
        subscribed.push_back(each.filter);
        suback.reasons.push_back(static_cast<mqtt::ReasonCode>(each.qos));
      }
      send(suback);
    } else if (const auto* ack = std::get_if<mqtt::Ack>(&packet)) {
      acknowledged.push_back(ack->packet_id);
    } else if (std::holds_alternative<mqtt::Disconnect>(packet)) {
      ++disconnects;
    }
  }
  void send(const mqtt::Packet& packet) {
    std::string bytes;
    ASSERT_TRUE(mqtt::encode_packet(packet, mqtt::Version::k5, mqtt::Sender::kServer, bytes).ok());
    boost::system::error_code ec;
    asio::write(socket_, asio::buffer(bytes), ec);
  }

  tcp::acceptor acceptor_;
  tcp::socket socket_;
  std::array<char, 65536> buffer_{};
  std::string pending_;
};

class BridgeTest : public testing::Test {
 protected:
  BridgeTest() : broker(io) {
    char reason[256];
    owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
    cluster = rd_kafka_mock_cluster_new(owner_, 1);
    rd_kafka_mock_topic_create(cluster, "out", 2, 1);
    spec.name = "fleet";
    spec.name_space = "default";
    spec.uid = "0123456789";
    spec.mqtt.servers = {{false, "127.0.0.1", broker.port()}};
    spec.kafka.bootstrap_servers = {rd_kafka_mock_cluster_bootstraps(cluster)};
    api::MqttToKafkaRoute route;
    route.name = "telemetry";
    route.filters = {"v/+/t"};
    route.topic = "out";
    route.key = "${topic[1]}";
    spec.mqtt_to_kafka = {route};
  }
  ~BridgeTest() override {
    bridge.reset();
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner_);
  }

  void make() {
    auto result = Bridge::create(io, spec, "/nonexistent", "test", clock);
    ASSERT_TRUE(result.ok()) << result.error().message();
    bridge = std::move(*result);
    bridge->start();
  }

  template <class Condition>
  void until(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the condition did not come true";
      io.run_one_for(milliseconds(50));
    }
  }
  bool session_ready() { return bridge->snapshot().sessions.at(0).ready; }
  RouteSnapshot counts() { return bridge->snapshot().routes.at(0); }

  asio::io_context io{1};
  SystemClock clock;
  ScriptedBroker broker;
  rd_kafka_mock_cluster_t* cluster = nullptr;
  api::BridgeSpec spec;
  std::unique_ptr<Bridge> bridge;

 private:
  rd_kafka_t* owner_ = nullptr;
};

TEST_F(BridgeTest, CarriesMessagesAndAcknowledgesThem) {
  make();
  until([&] { return session_ready() && bridge->snapshot().kafka.reachable; });
  EXPECT_EQ(broker.subscribed, (std::vector<std::string>{"v/+/t"}));
  for (std::uint16_t id = 1; id <= 500; ++id) {
    broker.publish(id, "v/car/t", "x");
  }
  until([&] { return broker.acknowledged.size() == 500; });
  for (std::uint16_t id = 1; id <= 500; ++id) {
    ASSERT_EQ(broker.acknowledged[id - 1U], id) << "[MQTT-4.6.0-2]";
  }
  EXPECT_EQ(counts().delivered, 500u);
  EXPECT_EQ(counts().in_flight, 0u);
  EXPECT_EQ(bridge->snapshot().bridge, "default/fleet");
}

TEST_F(BridgeTest, WithholdsAcknowledgementsWhileKafkaDoesNot) {
  rd_kafka_mock_broker_set_rtt(cluster, 1, 600);
  make();
  until([&] { return session_ready() && bridge->snapshot().kafka.reachable; });
  rd_kafka_mock_broker_set_down(cluster, 1);
  broker.publish(1, "v/car/t", "x");
  until([&] { return counts().received == 1; });
  until([&] { return !bridge->snapshot().kafka.reachable; });
  EXPECT_TRUE(broker.acknowledged.empty());
  EXPECT_EQ(counts().in_flight, 1u);
  rd_kafka_mock_broker_set_up(cluster, 1);
  until([&] { return broker.acknowledged.size() == 1; });
}

TEST_F(BridgeTest, MessagesWithoutARouteAreAcknowledgedAndCounted) {
  make();
  until([&] { return session_ready(); });
  broker.publish(1, "somewhere/else", "x");
  until([&] { return broker.acknowledged.size() == 1; });
  EXPECT_EQ(bridge->snapshot().sessions.at(0).unrouted, 1u);
  EXPECT_EQ(counts().received, 0u);
}

TEST_F(BridgeTest, DrainFinishesWhatIsInFlightAndKeepsTheSession) {
  make();
  until([&] { return session_ready() && bridge->snapshot().kafka.reachable; });
  for (std::uint16_t id = 1; id <= 200; ++id) {
    broker.publish(id, "v/car/t", "x");
  }
  until([&] { return counts().received > 0; });
  const std::uint64_t taken = counts().received;
  std::optional<DrainOutcome> outcome;
  bridge->drain(std::chrono::seconds(30), [&](DrainOutcome result) { outcome = result; });
  until([&] { return outcome.has_value(); });
  EXPECT_TRUE(outcome->in_time);
  EXPECT_EQ(counts().delivered, taken);
  EXPECT_TRUE(bridge->snapshot().draining);
  until([&] { return broker.disconnects == 1; });
  EXPECT_EQ(broker.acknowledged.size(), taken);
}

TEST_F(BridgeTest, DrainGivesUpAtItsDeadline) {
  make();
  until([&] { return session_ready() && bridge->snapshot().kafka.reachable; });
  rd_kafka_mock_broker_set_down(cluster, 1);
  broker.publish(1, "v/car/t", "x");
  until([&] { return counts().received == 1; });
  std::optional<DrainOutcome> outcome;
  bridge->drain(milliseconds(10), [&](DrainOutcome result) { outcome = result; });
  until([&] { return outcome.has_value(); });
  EXPECT_FALSE(outcome->in_time);
  EXPECT_EQ(outcome->unconfirmed, 1u);
  EXPECT_TRUE(broker.acknowledged.empty());
}

TEST_F(BridgeTest, SnapshotsForOtherThreadsAreBoundedInTime) {
  make();
  auto unanswered =
      std::async(std::launch::async, [&] { return bridge->wait_for_snapshot(milliseconds(1)); });
  EXPECT_FALSE(unanswered.get()) << "the I/O thread is not running";
  std::promise<void> stop;
  auto answered = std::async(std::launch::async, [&] {
    auto snapshot = bridge->wait_for_snapshot(std::chrono::seconds(60));
    stop.set_value();
    return snapshot;
  });
  auto stopped = stop.get_future();
  until([&] { return stopped.wait_for(milliseconds(0)) == std::future_status::ready; });
  const auto snapshot = answered.get();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->bridge, "default/fleet");
}

TEST_F(BridgeTest, AnUnknownKafkaPropertyIsRefusedBeforeAnythingConnects) {
  spec.kafka.properties = {{"no.such.thing", "1"}};
  const auto result = Bridge::create(io, spec, "/nonexistent", "test", clock);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message().find("no.such.thing"), std::string::npos);
  EXPECT_EQ(broker.connects, 0);
}

TEST_F(BridgeTest, AMissingSecretIsRefusedAndNamed) {
  spec.mqtt.auth_secret = api::SecretRef{"mqtt-login"};
  const auto result = Bridge::create(io, spec, "/nonexistent", "test", clock);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message().find("mqtt-login"), std::string::npos) << result.error().message();
}

}  // namespace
}  // namespace mkb::dataplane
