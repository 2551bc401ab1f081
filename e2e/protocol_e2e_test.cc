#include "e2e/bridge_fixture.h"
#include "e2e/lab/raw_broker.h"

// A broker that breaks the protocol, in every way that a byte can be wrong on this side of the wire.
namespace mkb::e2e {
namespace {

using lab::PacketType;
using lab::RawBroker;
using lab::RawPublish;
using testing::AnyOf;
using testing::HasSubstr;

const std::string kTopic = "vehicles/car-1/telemetry";

std::string bytes(std::initializer_list<unsigned> values) {
  return {values.begin(), values.end()};
}

std::string packet(unsigned first, const std::string& body) {
  return lab::RawPacket{static_cast<std::uint8_t>(first), body}.wire();
}

// A PUBLISH whose properties are `properties`, with QoS 1 and packet identifier 7.
std::string publish_with(const std::string& properties) {
  RawPublish message{kTopic, "{}", 1, 7, false, properties};
  return lab::publish(5, message).wire();
}

struct Violation {
  std::string name;
  std::string bytes;
  std::vector<int> reasons;  ///< of the DISCONNECT that the bridge may answer with
};

std::vector<Violation> violations() {
  constexpr int kMalformed = 0x81;
  constexpr int kProtocol = 0x82;
  constexpr int kTooLarge = 0x95;
  const std::vector<int> wrong = {kMalformed, kProtocol};
  const auto publish = [](const std::string& topic, unsigned first, const std::string& rest) {
    return packet(first, lab::length_prefixed(topic) + rest);
  };
  const std::string id_and_no_properties = bytes({0, 7, 0});
  return {
      {"packet type 0", packet(0x00, ""), wrong},
      {"AUTH never asked for", packet(0xf0, ""), wrong},
      {"a length of five bytes", bytes({0x30, 0xff, 0xff, 0xff, 0xff, 0x01}), wrong},
      {"QoS 3", publish(kTopic, 0x36, id_and_no_properties), wrong},
      {"DUP with QoS 0", publish(kTopic, 0x38, bytes({0})), wrong},
      {"packet identifier 0", publish(kTopic, 0x32, bytes({0, 0, 0})), wrong},
      {"no packet identifier", publish(kTopic, 0x32, bytes({0})), wrong},
      {"topic longer than its packet", packet(0x32, bytes({0xff, 0xff, 'a', 0, 7, 0})), wrong},
      {"topic of half a length", packet(0x32, bytes({0})), wrong},
      {"empty topic without alias", publish("", 0x32, id_and_no_properties), wrong},
      {"topic with a wildcard", publish("vehicles/+/telemetry", 0x32, id_and_no_properties), wrong},
      {"topic with NUL", publish(std::string("a\0b", 3), 0x32, id_and_no_properties), wrong},
      {"topic in overlong UTF-8", publish("vehicles/\xc0\xaf/telemetry", 0x32, id_and_no_properties), wrong},
      {"topic with a surrogate", publish("vehicles/\xed\xa0\x80/telemetry", 0x32, id_and_no_properties),
       wrong},
      {"topic with half a character", publish("vehicles/\xe2\x82", 0x32, id_and_no_properties), wrong},
      {"properties longer than their packet", publish(kTopic, 0x32, bytes({0, 7, 0x7f, 1, 0})), wrong},
      {"an unknown property", publish_with(bytes({0x7e, 0})), wrong},
      {"a property of another packet", publish_with(bytes({0x21, 0, 9})), wrong},
      {"a property twice", publish_with(bytes({0x01, 1, 0x01, 1})), wrong},
      {"half a property", publish_with(bytes({0x02, 0, 0})), wrong},
      {"content type in invalid UTF-8", publish_with(bytes({0x03, 0, 1, 0xff})), wrong},
      {"topic alias 0", publish_with(bytes({0x23, 0, 0})), {0x94, kProtocol, kMalformed}},
      {"topic alias above the maximum", publish_with(bytes({0x23, 0xff, 0xff})), {0x94, kProtocol}},
      {"topic alias never set", publish("", 0x32, bytes({0, 7, 3, 0x23, 0, 9})), {0x94, kProtocol}},
      {"SUBSCRIBE from a broker", packet(0x82, bytes({0, 1, 0, 0, 1, 'a', 0})), wrong},
      {"CONNECT from a broker", packet(0x10, lab::length_prefixed("MQTT") + bytes({5, 2, 0, 0, 0, 0, 0})),
       wrong},
      {"PINGREQ from a broker", packet(0xc0, ""), wrong},
      {"a second CONNACK", packet(0x20, bytes({0, 0, 0})), wrong},
      {"CONNACK with reserved flags", packet(0x21, bytes({0, 0, 0})), wrong},
      {"PUBREL with wrong flags", packet(0x60, bytes({0, 7})), wrong},
      {"PUBREL without identifier", packet(0x62, bytes({0})), wrong},
      {"SUBACK without reasons", packet(0x90, bytes({0, 1, 0})), wrong},
      {"PINGRESP with a body", packet(0xd0, bytes({1})), wrong},
      {"DISCONNECT with an unknown reason", packet(0xe0, bytes({0x7f, 0})), wrong},
      {"a packet above the announced maximum",
       lab::publish(5, {kTopic, std::string(5000, 'x'), 1, 7, false, {}}).wire(),
       {kTooLarge}},
  };
}

class ProtocolE2eTest : public BridgeFixture {
 protected:
  std::uint64_t protocol_errors(const lab::Bridge& bridge) {
    const auto errors = bridge.status().at("sessions").at(0).at("errors");
    return errors.contains("protocol") ? errors.at("protocol").get<std::uint64_t>() : 0;
  }

  // A message after all that: the way is open again.
  void expect_delivery(RawBroker::Session& session, std::uint16_t id) {
    session.connection->send(lab::publish(session.connect.version, {kTopic, "{}", 1, id, false, {}}));
    EXPECT_EQ(session.connection->expect(PacketType::kPuback).packet_id(), id);
  }

  RawBroker broker_;
};

TEST_F(ProtocolE2eTest, EveryViolationEndsTheConnectionWithAReason) {
  admin().create_topic(topic(), 1);
  auto config = telemetry(broker_.uri());
  config.mqtt = "maximumPacketSize: 4096";
  std::uint64_t delivered = 0;
  for (const auto& violation : violations()) {
    SCOPED_TRACE(violation.name);
    // A new process each, whose next connection does not wait long.
    lab::Bridge bridge(dir(), to_yaml(config));
    bridge.start();
    auto session = broker_.accept_session();
    expect_delivery(session, 1);

    session.connection->send(violation.bytes);
    const auto answers = session.connection->read_to_end(10s);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].type(), PacketType::kDisconnect);
    ASSERT_FALSE(answers[0].body.empty());
    EXPECT_THAT(violation.reasons, testing::Contains(static_cast<unsigned char>(answers[0].body[0])));
    session.connection.reset();
    lab::wait_until([&] { return protocol_errors(bridge) == 1; }, 10s, "the error to be counted");
    const auto status = bridge.status();
    EXPECT_NE(status.at("sessions").at(0).at("last_error"), "");
    EXPECT_EQ(lab::imbalance(status), "");
    auto next = broker_.accept_session(true);
    expect_delivery(next, 1);
    delivered += 2;
    bridge.kill();
  }
  // No violation became a record, and no record was lost among them.
  EXPECT_EQ(admin().records(topic()), static_cast<std::int64_t>(delivered));
}

// A packet cut anywhere is no packet: the bridge waits for the rest and, when the broker hangs up instead,
// connects again.
TEST_F(ProtocolE2eTest, APacketCutAtAnyByteIsNotDelivered) {
  admin().create_topic(topic(), 1);
  const auto whole = publish_with(bytes({0x03, 0, 1, 'a'}));
  std::int64_t delivered = 0;
  for (std::size_t cut = 1; cut < whole.size(); cut += 4) {
    SCOPED_TRACE(cut);
    lab::Bridge bridge(dir(), to_yaml(telemetry(broker_.uri())));
    bridge.start();
    auto session = broker_.accept_session();
    session.connection->send(whole.substr(0, cut));
    session.connection.reset();
    session = broker_.accept_session(true);
    session.connection->send(whole);
    EXPECT_EQ(session.connection->expect(PacketType::kPuback).packet_id(), 7);
    ++delivered;
    bridge.kill();
  }
  EXPECT_EQ(admin().records(topic()), delivered);
}

// What a web server answers.
const std::string kNotMqtt =
    "HTTP/1.1 400 Bad Request\r\nServer: not an MQTT broker at all, and proud of it\r\n" +
    std::string("Content-Length: 0\r\n\r\n");

TEST_F(ProtocolE2eTest, BadHandshakesAreErrorsToo) {
  const std::vector<std::string> handshakes = {
      lab::publish(5, {kTopic, "{}", 1, 1, false, {}}).wire(),  // before CONNACK
      packet(0x20, bytes({2, 0, 0})),                           // reserved acknowledge flags
      packet(0x20, bytes({1, 0x87, 0})),                        // refused, yet a session is present
      packet(0x20, bytes({0, 0x17, 0})),                        // no such reason
      packet(0x20, bytes({0, 0, 3, 0x21, 0, 0})),               // receive maximum 0
      packet(0x20, bytes({0})),
      kNotMqtt,
  };
  for (const auto& handshake : handshakes) {
    SCOPED_TRACE(testing::PrintToString(handshake));
    lab::Bridge bridge(dir(), to_yaml(telemetry(broker_.uri())));
    bridge.start();
    const auto connection = broker_.accept();
    connection->expect(PacketType::kConnect);
    connection->send(handshake);
    connection->read_to_end(10s);
    lab::wait_until([&] { return protocol_errors(bridge) == 1; }, 10s, "the error to be counted");
    auto session = broker_.accept_session();
    bridge.wait_ready();
    bridge.kill();
  }
}

TEST_F(ProtocolE2eTest, ARefusalIsReportedInWords) {
  lab::Bridge bridge(dir(), to_yaml(telemetry(broker_.uri())));
  bridge.start();
  const auto connection = broker_.accept();
  connection->expect(PacketType::kConnect);
  connection->send(lab::connack(5, false, 0x87, bytes({0x1f, 0, 5}) + "ask x"));
  connection->read_to_end(10s);
  lab::wait_until([&] { return bridge.status().at("sessions").at(0).at("errors").value("refused", 0) == 1; },
                  10s, "the refusal to be counted");
  EXPECT_THAT(bridge.status().at("sessions").at(0).at("last_error").get<std::string>(),
              AnyOf(HasSubstr("not authorized"), HasSubstr("Not authorized")));
}

TEST_F(ProtocolE2eTest, ABrokerThatNeverAnswersIsGivenUp) {
  auto config = telemetry(broker_.uri());
  config.mqtt = "keepAlive: 5s";
  lab::Bridge bridge(dir(), to_yaml(config));
  bridge.start();
  auto silent = broker_.accept();
  silent->expect(PacketType::kConnect);
  // The second connection is the proof that the first was given up.
  auto session = broker_.accept_session();
  bridge.wait_ready();
  EXPECT_GE(bridge.status().at("sessions").at(0).at("errors").value("timeout", 0), 1);
  // And silence after the handshake: no PINGRESP.
  while (!session.connection->closed()) ASSERT_NO_THROW(session.connection->read(20s));
  lab::wait_until([&] { return bridge.status().at("sessions").at(0).at("errors").value("timeout", 0) >= 2; },
                  10s, "the silence to be counted");
}

TEST_F(ProtocolE2eTest, SessionPresentIsHonoured) {
  admin().create_topic(topic(), 1);
  lab::Bridge bridge(dir(), to_yaml(telemetry(broker_.uri())));
  bridge.start();
  std::string client_id;
  {
    auto first = broker_.accept_session();
    client_id = first.connect.client_id;
    EXPECT_THAT(first.filters, testing::ElementsAre("vehicles/+/telemetry"));
    expect_delivery(first, 1);
  }
  {
    auto resumed = broker_.accept_session(true);
    EXPECT_EQ(resumed.connect.client_id, client_id);
    EXPECT_FALSE(resumed.connect.clean());
    resumed.connection->send(lab::publish(5, {kTopic, "{}", 1, 5, true, {}}));
    EXPECT_EQ(resumed.connection->expect(PacketType::kPuback).packet_id(), 5);
    EXPECT_EQ(bridge.status().at("sessions").at(0).at("sessions_lost"), 0);
  }
  // The broker has forgotten: subscribed anew, and told.
  auto forgotten = broker_.accept_session(false);
  EXPECT_THAT(forgotten.filters, testing::ElementsAre("vehicles/+/telemetry"));
  bridge.wait_ready();
  EXPECT_EQ(bridge.status().at("sessions").at(0).at("sessions_lost"), 1);
  EXPECT_THAT(bridge.log_text(), HasSubstr("session"));
}

// mosquitto 2.0 does this when messages have queued up. Hanging up would only bring them all again.
TEST_F(ProtocolE2eTest, ABrokerThatExceedsTheReceiveMaximumIsSlowedDown) {
  lab::Kafka& server = kafka();
  admin().create_topic(topic(), 1);
  constexpr std::uint16_t kReceiveMaximum = 10;
  for (const int version : {5, 4}) {
    SCOPED_TRACE(version);
    auto config = telemetry(broker_.uri());
    config.mqtt =
        "receiveMaximum: " + std::to_string(kReceiveMaximum) + "\nversion: " + (version == 5 ? "5" : "3.1.1");
    lab::Bridge bridge(dir(), to_yaml(config));
    bridge.start();
    auto session = broker_.accept_session();
    expect_delivery(session, 1);
    server.freeze();
    for (std::uint16_t id = 1; id <= 5 * kReceiveMaximum; ++id) {
      session.connection->send(lab::publish(version, {kTopic, "{}", 1, id, false, {}}));
    }
    lab::wait_until([&] { return bridge.route("telemetry").at("in_flight") == kReceiveMaximum; }, 10s,
                    "a full window");
    EXPECT_FALSE(session.connection->read_answering_pings(1s)) << "neither acknowledged nor hung up";
    EXPECT_FALSE(session.connection->closed());
    EXPECT_EQ(bridge.route("telemetry").at("in_flight"), kReceiveMaximum) << "the rest waits in the socket";
    server.thaw();
    for (std::uint16_t id = 1; id <= 5 * kReceiveMaximum; ++id) {
      ASSERT_EQ(session.connection->expect(PacketType::kPuback).packet_id(), id);
    }
    bridge.kill();
  }
  EXPECT_EQ(admin().records(topic()), 2 * (1 + 5 * kReceiveMaximum));
}

TEST_F(ProtocolE2eTest, QosTwoRedeliveryIsOneRecord) {
  admin().create_topic(topic(), 1);
  auto config = telemetry(broker_.uri());
  config.routes.replace(config.routes.find("qos: 1"), 6, "qos: 2");
  lab::Bridge bridge(dir(), to_yaml(config));
  bridge.start();
  {
    auto first = broker_.accept_session();
    first.connection->send(lab::publish(5, {kTopic, "{}", 2, 9, false, {}}));
    EXPECT_EQ(first.connection->expect(PacketType::kPubrec).packet_id(), 9);
    // The connection breaks before PUBREL.
  }
  auto second = broker_.accept_session(true);
  second.connection->send(lab::publish(5, {kTopic, "{}", 2, 9, true, {}}));
  EXPECT_EQ(second.connection->expect(PacketType::kPubrec).packet_id(), 9);
  second.connection->send(lab::pubrel(9));
  EXPECT_EQ(second.connection->expect(PacketType::kPubcomp).packet_id(), 9);
  EXPECT_EQ(admin().records(topic()), 1);
  EXPECT_EQ(bridge.status().at("sessions").at(0).at("duplicates_suppressed"), 1);
}

}  // namespace
}  // namespace mkb::e2e
