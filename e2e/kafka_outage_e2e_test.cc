#include "e2e/bridge_fixture.h"
#include "e2e/lab/raw_broker.h"
#include "e2e/scraper.h"

// Kafka goes away for 20 s, frozen (its sockets stay open and silent) or killed, and comes back.
namespace mkb::e2e {
namespace {

constexpr auto kOutage = 20s;
constexpr int kReceiveMaximum = 1000;

enum class Outage { kFrozen, kKilled };

class KafkaOutageE2eTest : public BridgeFixture, public testing::WithParamInterface<Outage> {
 protected:
  static void take_away() { GetParam() == Outage::kFrozen ? kafka().freeze() : kafka().kill(); }
  static void bring_back(lab::Kafka& server) {
    GetParam() == Outage::kFrozen ? server.thaw() : server.start();
  }
};

// Seen from the MQTT broker's side, byte by byte: a full receive maximum of messages is in flight, and not
// one acknowledgement leaves the bridge while Kafka is away.
TEST_P(KafkaOutageE2eTest, NoAcknowledgementLeavesMeanwhile) {
  lab::Kafka& server = kafka();
  admin().create_topic(topic(), 3);
  lab::RawBroker broker;
  auto config = telemetry(broker.uri());
  config.mqtt = "receiveMaximum: " + std::to_string(kReceiveMaximum);
  lab::Bridge bridge(dir(), to_yaml(config));
  bridge.start();
  auto session = broker.accept_session();
  bridge.wait_ready();
  const auto send = [&](std::uint16_t packet_id) {
    session.connection->send(lab::publish(
        5, {"vehicles/car-" + std::to_string(packet_id % 7) + "/telemetry", "{}", 1, packet_id, false, {}}));
  };
  // One message proves that the way is open, and that acknowledgements do leave when Kafka has it.
  send(1);
  ASSERT_EQ(session.connection->expect(lab::PacketType::kPuback).packet_id(), 1);

  take_away();
  for (std::uint16_t id = 1; id <= kReceiveMaximum; ++id) send(id);
  const auto end = std::chrono::steady_clock::now() + kOutage;
  while (std::chrono::steady_clock::now() < end) {
    const auto packet = session.connection->read_answering_pings(250ms);
    ASSERT_FALSE(packet) << "a packet of type " << static_cast<int>(packet->type()) << " left the bridge";
    ASSERT_FALSE(session.connection->closed());
  }
  EXPECT_EQ(bridge.status().at("sessions").at(0).at("in_flight"), kReceiveMaximum);

  bring_back(server);
  for (std::uint16_t id = 1; id <= kReceiveMaximum; ++id) {
    const auto ack = session.connection->read_answering_pings(60s);
    ASSERT_TRUE(ack) << "acknowledgement " << id << " did not come";
    ASSERT_EQ(ack->type(), lab::PacketType::kPuback);
    ASSERT_EQ(ack->packet_id(), id) << "out of order";
  }
  EXPECT_EQ(admin().records(topic()), kReceiveMaximum + 1);
  EXPECT_EQ(lab::imbalance(bridge.status()), "");
}

// The same under load from a fleet that knows nothing of it: mosquitto queues, the bridge's memory stays
// where it is, and afterwards nothing is missing.
TEST_P(KafkaOutageE2eTest, UnderLoadMemoryStaysBoundedAndNothingIsLost) {
  lab::Kafka& server = kafka();
  admin().create_topic(topic(), 6);
  lab::Mosquitto mosquitto(dir(), {});
  mosquitto.start();
  lab::Bridge bridge(dir(), to_yaml(telemetry(mosquitto.uri())));
  bridge.start_ready();
  Scraper scraper(bridge.admin_port());
  lab::FleetOptions options;
  options.uri = mosquitto.uri();
  options.messages_per_second = 2'000;
  lab::Fleet fleet(options);
  fleet.start();
  lab::wait_until([&] { return bridge.route("telemetry").at("delivered") > 4'000; }, 60s, "a running stream");

  take_away();
  long most_kib = 0;
  const auto sent_before = fleet.sent();
  const auto end = std::chrono::steady_clock::now() + kOutage;
  lab::wait_until(
      [&] {
        most_kib = std::max(most_kib, bridge.process().resident_kib());
        return std::chrono::steady_clock::now() >= end;
      },
      kOutage + 10s, "the end of the outage");
  EXPECT_GT(fleet.sent(), sent_before + 10'000) << "the fleet went on";
  EXPECT_LE(bridge.status().at("sessions").at(0).at("in_flight"), kReceiveMaximum);
  EXPECT_LT(most_kib, 64 * 1024) << "KiB resident";
  std::cout << "  most memory during the outage " << most_kib / 1024 << " MiB, " << fleet.sent() - sent_before
            << " messages waited in mosquitto\n";

  bring_back(server);
  fleet.stop();
  fleet.join();
  wait_drained(bridge, fleet.sent());
  scraper.stop();
  EXPECT_EQ(scraper.problem(), "");
  EXPECT_GT(scraper.scrapes(), 50);
  expect_balanced(audit(fleet), 0);
}

INSTANTIATE_TEST_SUITE_P(For20Seconds, KafkaOutageE2eTest, testing::Values(Outage::kFrozen, Outage::kKilled),
                         [](const auto& outage) {
                           return outage.param == Outage::kFrozen ? "Frozen" : "Killed";
                         });

}  // namespace
}  // namespace mkb::e2e
