#include "mqtt/client_engine.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "mqtt/packet.h"

namespace mkb::mqtt {
namespace {

using std::chrono::seconds;

/// Records what the engine says; accepts messages until told otherwise.
class Recorder final : public EngineEvents {
 public:
  struct Message {
    std::string topic;
    std::string payload;
    Ticket ticket;
  };
  [[nodiscard]] bool accepting() const override { return accept && messages.size() < limit; }
  void on_connected(const ConnectedInfo& info) override { connected.push_back(info); }
  void on_publish(const PublishView& publish, const Ticket& ticket, TimePoint) override {
    messages.push_back({std::string(publish.topic), std::string(publish.payload), ticket});
  }
  void on_subscription(std::size_t index, ReasonCode reason, bool granted) override {
    subscriptions.emplace_back(index, reason, granted);
  }
  void on_ready() override { ++ready; }

  bool accept = true;
  std::size_t limit = 1'000'000;
  std::vector<ConnectedInfo> connected;
  std::vector<Message> messages;
  std::vector<std::tuple<std::size_t, ReasonCode, bool>> subscriptions;
  int ready = 0;
};

/// The engine with a scripted broker at its other end.
class ClientEngineTest : public testing::TestWithParam<Version> {
 protected:
  ClientEngineTest() {
    options.version = GetParam();
    options.client_id = "mkb-test-0";
    options.receive_maximum = 5;
    options.topic_alias_maximum = 4;
    options.subscriptions = {{"a/#", 1, 11}, {"b/+", 2, 12}};
  }

  void make() { engine.emplace(options, events); }

  std::vector<Packet> sent() {
    std::vector<Packet> packets;
    std::string bytes = std::exchange(engine->output(), {});
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const FrameScan scan = next_frame(rest, kMaxPacketBytes);
      EXPECT_EQ(scan.state, FrameScan::State::kFrame);
      auto packet = decode_packet(scan.frame, GetParam(), Sender::kClient);
      EXPECT_TRUE(packet.ok());
      packets.push_back(*packet);
      rest.remove_prefix(scan.frame.total_size);
    }
    return packets;
  }

  template <class T>
  std::vector<T> sent_of() {
    std::vector<T> found;
    for (const Packet& packet : sent()) {
      if (const T* wanted = std::get_if<T>(&packet)) {
        found.push_back(*wanted);
      }
    }
    return found;
  }

  std::string bytes_of(const Packet& packet) {
    std::string bytes;
    const auto encoded = encode_packet(packet, GetParam(), Sender::kServer, bytes);
    EXPECT_TRUE(encoded.ok()) << (encoded.ok() ? "" : encoded.error().message());
    return bytes;
  }

  Result<std::size_t> feed(const Packet& packet) { return engine->receive(bytes_of(packet), now); }

  static Publish publish(std::uint16_t id, std::uint8_t qos, std::string topic = "a/b",
                         std::string payload = "x") {
    Publish packet;
    packet.topic = std::move(topic);
    packet.payload = std::move(payload);
    packet.qos = qos;
    packet.packet_id = id;
    return packet;
  }

  /// Opens, connects and grants every subscription.
  void connect(bool session_present = false) {
    if (!engine) {
      make();
    }
    ASSERT_TRUE(engine->open({}, now).ok());
    sent();
    Connack connack;
    connack.session_present = session_present;
    ASSERT_TRUE(feed(connack).ok());
    grant_all();
  }

  void grant_all() {
    for (const auto& subscribe : sent_of<Subscribe>()) {
      Suback suback;
      suback.packet_id = subscribe.packet_id;
      for (const auto& subscription : subscribe.subscriptions) {
        suback.reasons.push_back(static_cast<ReasonCode>(subscription.qos));
      }
      ASSERT_TRUE(feed(suback).ok());
    }
  }

  std::vector<std::pair<PacketType, std::uint16_t>> acknowledged() {
    engine->write_acknowledgements();
    std::vector<std::pair<PacketType, std::uint16_t>> acks;
    for (const auto& ack : sent_of<Ack>()) {
      acks.emplace_back(ack.type, ack.packet_id);
    }
    return acks;
  }

  TimePoint now{seconds(1000)};
  EngineOptions options;
  Recorder events;
  std::optional<ClientEngine> engine;
};

using Acks = std::vector<std::pair<PacketType, std::uint16_t>>;

TEST_P(ClientEngineTest, ConnectsWithAPersistentSession) {
  make();
  Credentials credentials;
  credentials.user_name = "u";
  credentials.password = "p";
  ASSERT_TRUE(engine->open(credentials, now).ok());
  const auto connects = sent_of<Connect>();
  ASSERT_EQ(connects.size(), 1u);
  const Connect& connect = connects[0];
  EXPECT_FALSE(connect.clean_start);
  EXPECT_EQ(connect.client_id, "mkb-test-0");
  EXPECT_EQ(connect.keep_alive, 30);
  EXPECT_EQ(connect.user_name, "u");
  EXPECT_EQ(connect.password, "p");
  if (GetParam() == Version::k5) {
    const PropertyView properties = connect.properties.view();
    EXPECT_EQ(properties.integer(PropertyId::kSessionExpiryInterval), 3600u);
    EXPECT_EQ(properties.integer(PropertyId::kReceiveMaximum), 5u);
    EXPECT_EQ(properties.integer(PropertyId::kTopicAliasMaximum), 4u);
    EXPECT_FALSE(properties.integer(PropertyId::kMaximumPacketSize));
  }
}

TEST_P(ClientEngineTest, IsReadyWhenEveryFilterIsGranted) {
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  sent();
  ASSERT_TRUE(feed(Connack{}).ok());
  EXPECT_TRUE(engine->connected());
  EXPECT_FALSE(engine->ready());
  const auto subscribes = sent_of<Subscribe>();
  if (GetParam() == Version::k5) {
    ASSERT_EQ(subscribes.size(), 2u) << "each filter needs a SUBSCRIBE for its own identifier";
    EXPECT_EQ(subscribes[0].properties.view().integer(PropertyId::kSubscriptionIdentifier), 11u);
    EXPECT_EQ(subscribes[1].properties.view().integer(PropertyId::kSubscriptionIdentifier), 12u);
    EXPECT_TRUE(subscribes[0].subscriptions[0].no_local);
    EXPECT_EQ(subscribes[0].subscriptions[0].retain_handling, RetainHandling::kSendIfNew);
  } else {
    ASSERT_EQ(subscribes.size(), 1u);
    EXPECT_EQ(subscribes[0].subscriptions.size(), 2u);
  }
  for (const auto& subscribe : subscribes) {
    Suback suback;
    suback.packet_id = subscribe.packet_id;
    for (const auto& subscription : subscribe.subscriptions) {
      suback.reasons.push_back(static_cast<ReasonCode>(subscription.qos));
    }
    EXPECT_EQ(events.ready, 0);
    ASSERT_TRUE(feed(suback).ok());
  }
  EXPECT_TRUE(engine->ready());
  EXPECT_EQ(events.ready, 1);
}

TEST_P(ClientEngineTest, SharedSubscriptionsAskForNoLocalNever) {
  options.subscriptions = {{"$share/g/a/#", 1, 3}};
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  sent();
  ASSERT_TRUE(feed(Connack{}).ok());
  const auto subscribes = sent_of<Subscribe>();
  ASSERT_EQ(subscribes.size(), 1u);
  EXPECT_FALSE(subscribes[0].subscriptions[0].no_local);
}

TEST_P(ClientEngineTest, ThousandsOfFiltersAreAskedForInPortions) {
  options.subscriptions.clear();
  for (unsigned i = 0; i < 1000; ++i) {
    options.subscriptions.push_back({"t/" + std::to_string(i), 1, i + 1});
  }
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  sent();
  ASSERT_TRUE(feed(Connack{}).ok());
  for (int round = 0; round < 1000 && !engine->ready(); ++round) {
    const auto subscribes = sent_of<Subscribe>();
    ASSERT_LE(subscribes.size(), 256u);
    for (const auto& subscribe : subscribes) {
      Suback suback;
      suback.packet_id = subscribe.packet_id;
      suback.reasons.assign(subscribe.subscriptions.size(), ReasonCode::kGrantedQos1);
      ASSERT_TRUE(feed(suback).ok());
    }
  }
  EXPECT_TRUE(engine->ready());
  EXPECT_EQ(events.subscriptions.size(), 1000u);
}

TEST_P(ClientEngineTest, RefusedAndDowngradedFiltersAreReportedAndTriedAgain) {
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  sent();
  ASSERT_TRUE(feed(Connack{}).ok());
  for (const auto& subscribe : sent_of<Subscribe>()) {
    Suback suback;
    suback.packet_id = subscribe.packet_id;
    for (const auto& subscription : subscribe.subscriptions) {
      suback.reasons.push_back(subscription.filter == "a/#" ? ReasonCode::kUnspecifiedError
                                                            : ReasonCode::kGrantedQos1);
    }
    ASSERT_TRUE(feed(suback).ok());
  }
  ASSERT_EQ(events.subscriptions.size(), 2u);
  EXPECT_EQ(events.subscriptions[0], std::make_tuple(std::size_t{0}, ReasonCode::kUnspecifiedError, false));
  EXPECT_EQ(events.subscriptions[1], std::make_tuple(std::size_t{1}, ReasonCode::kGrantedQos1, false));
  EXPECT_FALSE(engine->ready());
  ASSERT_TRUE(engine->tick(now).ok());
  EXPECT_TRUE(sent_of<Subscribe>().empty());
  now += seconds(31);
  ASSERT_TRUE(engine->tick(now).ok());
  grant_all();
  EXPECT_TRUE(engine->ready());
}

TEST_P(ClientEngineTest, AcknowledgesOnlyAfterConfirmAndInOrder) {
  connect();
  for (std::uint16_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(feed(publish(id, 1)).ok());
  }
  EXPECT_TRUE(acknowledged().empty());
  engine->confirm(events.messages[2].ticket);
  engine->confirm(events.messages[1].ticket);
  EXPECT_TRUE(acknowledged().empty());
  engine->confirm(events.messages[0].ticket);
  EXPECT_EQ(acknowledged(),
            (Acks{{PacketType::kPuback, 1}, {PacketType::kPuback, 2}, {PacketType::kPuback, 3}}));
}

TEST_P(ClientEngineTest, Qos2GoesThroughItsFourPackets) {
  connect();
  ASSERT_TRUE(feed(publish(7, 2, "b/x")).ok());
  EXPECT_TRUE(acknowledged().empty());
  engine->confirm(events.messages[0].ticket);
  EXPECT_EQ(acknowledged(), (Acks{{PacketType::kPubrec, 7}}));
  Ack pubrel;
  pubrel.type = PacketType::kPubrel;
  pubrel.packet_id = 7;
  ASSERT_TRUE(feed(pubrel).ok());
  const auto answers = sent_of<Ack>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].type, PacketType::kPubcomp);
  EXPECT_EQ(answers[0].reason, ReasonCode::kSuccess);
}

TEST_P(ClientEngineTest, PubrelOfAnUnknownIdentifierLetsTheBrokerFinish) {
  connect();
  Ack pubrel;
  pubrel.type = PacketType::kPubrel;
  pubrel.packet_id = 9;
  ASSERT_TRUE(feed(pubrel).ok());
  const auto answers = sent_of<Ack>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].type, PacketType::kPubcomp);
  EXPECT_EQ(answers[0].reason,
            GetParam() == Version::k5 ? ReasonCode::kPacketIdentifierNotFound : ReasonCode::kSuccess);
}

TEST_P(ClientEngineTest, APubrelBeforeItsPubrecIsAProtocolError) {
  connect();
  ASSERT_TRUE(feed(publish(7, 2, "b/x")).ok());
  Ack pubrel;
  pubrel.type = PacketType::kPubrel;
  pubrel.packet_id = 7;
  const auto result = feed(pubrel);
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().is(EngineError::kProtocol));
}

TEST_P(ClientEngineTest, ConnectsWhileNoMessageIsAccepted) {
  events.accept = false;
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  EXPECT_FALSE(engine->stalled()) << "CONNACK is no message";
  ASSERT_TRUE(feed(Connack{}).ok());
  EXPECT_TRUE(engine->connected());
  EXPECT_TRUE(engine->stalled());
}

TEST_P(ClientEngineTest, ConfirmationsOfALostConnectionAcknowledgeNothing) {
  connect();
  ASSERT_TRUE(feed(publish(1, 1)).ok());
  engine->on_transport_lost();
  connect(true);
  ASSERT_TRUE(feed(publish(1, 1)).ok());
  engine->confirm(events.messages[0].ticket);
  EXPECT_TRUE(acknowledged().empty()) << "the redelivered message has not been confirmed";
  engine->confirm(events.messages[1].ticket);
  EXPECT_EQ(acknowledged(), (Acks{{PacketType::kPuback, 1}}));
}

TEST_P(ClientEngineTest, Qos2RedeliveryIsNotHandedOutTwice) {
  connect();
  ASSERT_TRUE(feed(publish(1, 2, "b/x")).ok());
  engine->on_transport_lost();
  connect(true);
  Publish again = publish(1, 2, "b/x");
  again.dup = true;
  ASSERT_TRUE(feed(again).ok());
  ASSERT_EQ(events.messages.size(), 1u);
  engine->confirm(events.messages[0].ticket);
  EXPECT_EQ(acknowledged(), (Acks{{PacketType::kPubrec, 1}}));
  EXPECT_EQ(engine->duplicates_suppressed(), 1u);
}

TEST_P(ClientEngineTest, ALostSessionIsReported) {
  connect();
  EXPECT_FALSE(events.connected[0].session_lost) << "there was none before";
  engine->on_transport_lost();
  connect(true);
  EXPECT_FALSE(events.connected[1].session_lost);
  engine->on_transport_lost();
  connect(false);
  EXPECT_TRUE(events.connected[2].session_lost);
}

TEST_P(ClientEngineTest, TakesNothingWhileTheOwnerDoesNotAccept) {
  connect();
  events.limit = 2;
  std::string bytes;
  for (std::uint16_t id = 1; id <= 4; ++id) {
    bytes += bytes_of(publish(id, 1));
  }
  auto taken = engine->receive(bytes, now);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(*taken, bytes.size() / 2);
  EXPECT_TRUE(engine->stalled());
  events.limit = 100;
  EXPECT_FALSE(engine->stalled());
  taken = engine->receive(std::string_view(bytes).substr(*taken), now);
  EXPECT_EQ(events.messages.size(), 4u);
}

// Also in MQTT 5, where a broker that exceeds the Receive Maximum breaks the protocol: see stalled().
TEST_P(ClientEngineTest, TheInFlightWindowIsBounded) {
  connect();
  std::string bytes;
  for (std::uint16_t id = 1; id <= 6; ++id) {
    bytes += bytes_of(publish(id, 1));
  }
  const auto taken = engine->receive(bytes, now);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(events.messages.size(), 5u);
  EXPECT_TRUE(engine->stalled());
  engine->confirm(events.messages[0].ticket);
  EXPECT_EQ(acknowledged(), (Acks{{PacketType::kPuback, 1}}));
  EXPECT_FALSE(engine->stalled());
  ASSERT_TRUE(engine->receive(std::string_view(bytes).substr(*taken), now).ok());
  EXPECT_EQ(events.messages.size(), 6u);
}

TEST_P(ClientEngineTest, AQos2MessageLeavesTheWindowWithItsPubrec) {
  connect();
  for (std::uint16_t id = 1; id <= 5; ++id) {
    ASSERT_TRUE(feed(publish(id, 2, "b/x")).ok());
  }
  EXPECT_TRUE(engine->stalled());
  for (const auto& message : events.messages) {
    engine->confirm(message.ticket);
  }
  EXPECT_EQ(acknowledged().size(), 5u);
  EXPECT_FALSE(engine->stalled()) << "or the PUBRELs that free the identifiers would never be read";
}

TEST_P(ClientEngineTest, PacketsMayBeSplitAnywhere) {
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  sent();
  std::string bytes = bytes_of(Connack{});
  for (std::uint16_t id = 1; id <= 3; ++id) {
    bytes += bytes_of(publish(id, 1, "a/b", std::string(200, 'p')));
  }
  std::string pending;
  for (const char byte : bytes) {
    pending.push_back(byte);
    const auto taken = engine->receive(pending, now);
    ASSERT_TRUE(taken.ok());
    pending.erase(0, *taken);
  }
  EXPECT_TRUE(pending.empty());
  EXPECT_EQ(events.messages.size(), 3u);
}

TEST_P(ClientEngineTest, PingsWhenIdleAndGivesUpWithoutAnAnswer) {
  connect();
  ASSERT_TRUE(engine->tick(now + seconds(29)).ok());
  EXPECT_TRUE(sent_of<Pingreq>().empty());
  now += seconds(30);
  ASSERT_TRUE(engine->tick(now).ok());
  EXPECT_EQ(sent_of<Pingreq>().size(), 1u);
  ASSERT_TRUE(feed(Pingresp{}).ok());
  now += seconds(30);
  ASSERT_TRUE(engine->tick(now).ok());
  ASSERT_TRUE(engine->tick(now + seconds(9)).ok());
  const auto late = engine->tick(now + seconds(10));
  ASSERT_FALSE(late.ok());
  EXPECT_TRUE(late.error().is(EngineError::kTimeout));
}

TEST_P(ClientEngineTest, AnUnreadPingAnswerIsNoTimeout) {
  connect();
  now += seconds(30);
  ASSERT_TRUE(engine->tick(now).ok());
  events.accept = false;
  ASSERT_TRUE(engine->tick(now + seconds(60)).ok());
  events.accept = true;
  ASSERT_TRUE(engine->tick(now + seconds(65)).ok());
  EXPECT_FALSE(engine->tick(now + seconds(71)).ok());
}

TEST_P(ClientEngineTest, GivesUpWithoutAConnack) {
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  EXPECT_TRUE(engine->tick(now + seconds(9)).ok());
  const auto late = engine->tick(now + seconds(10));
  ASSERT_FALSE(late.ok());
  EXPECT_TRUE(late.error().is(EngineError::kTimeout));
}

TEST_P(ClientEngineTest, ARefusalNamesItsReason) {
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  Connack connack;
  connack.reason = ReasonCode::kNotAuthorized;
  const auto refused = feed(connack);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().is(EngineError::kRefused));
  EXPECT_NE(refused.error().message().find("not authorized"), std::string::npos);
  EXPECT_FALSE(engine->connected());
}

TEST_P(ClientEngineTest, AnythingBeforeConnackIsAProtocolError) {
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  const auto result = feed(publish(1, 1));
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().is(EngineError::kProtocol));
  EXPECT_TRUE(events.messages.empty());
}

TEST_P(ClientEngineTest, PacketsThatAnswerNothingAreProtocolErrors) {
  Suback stray_suback;
  stray_suback.packet_id = 99;
  stray_suback.reasons = {ReasonCode::kGrantedQos0};
  Ack puback;
  puback.type = PacketType::kPuback;
  puback.packet_id = 1;
  for (const Packet& packet : {Packet(Connack{}), Packet(stray_suback), Packet(puback)}) {
    engine.reset();
    connect();
    EXPECT_FALSE(feed(packet).ok());
    EXPECT_FALSE(engine->connected());
  }
}

TEST_P(ClientEngineTest, MalformedBytesEndTheConnectionWithTheReason) {
  connect();
  // A PUBLISH with QoS 3.
  const auto result = engine->receive(std::string_view("\x36\x05\x00\x01\x61\x00\x01", 7), now);
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().is(CodecError::kMalformed)) << result.error().message();
  const auto goodbyes = sent_of<Disconnect>();
  ASSERT_EQ(goodbyes.size(), GetParam() == Version::k5 ? 1u : 0u);
  if (!goodbyes.empty()) {
    EXPECT_EQ(goodbyes[0].reason, ReasonCode::kMalformedPacket);
  }
}

TEST_P(ClientEngineTest, DisconnectKeepsTheSession) {
  connect();
  engine->disconnect();
  const auto goodbyes = sent_of<Disconnect>();
  ASSERT_EQ(goodbyes.size(), 1u);
  EXPECT_EQ(goodbyes[0].reason, ReasonCode::kNormalDisconnection);
  EXPECT_FALSE(goodbyes[0].properties.view().integer(PropertyId::kSessionExpiryInterval));
  EXPECT_FALSE(engine->connected());
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientEngineTest, testing::Values(Version::k311, Version::k5),
                         [](const auto& tested) { return tested.param == Version::k5 ? "v5" : "v311"; });

class ClientEngine5Test : public ClientEngineTest {};

TEST_P(ClientEngine5Test, ResolvesTopicAliases) {
  connect();
  Publish first = publish(0, 0, "a/long/topic");
  first.properties.add(PropertyId::kTopicAlias, 2);
  ASSERT_TRUE(feed(first).ok());
  Publish second = publish(0, 0, "");
  second.properties.add(PropertyId::kTopicAlias, 2);
  ASSERT_TRUE(feed(second).ok());
  ASSERT_EQ(events.messages.size(), 2u);
  EXPECT_EQ(events.messages[1].topic, "a/long/topic");
}

TEST_P(ClientEngine5Test, AnAliasIsForgottenWithTheConnection) {
  connect();
  Publish first = publish(0, 0, "a/long/topic");
  first.properties.add(PropertyId::kTopicAlias, 2);
  ASSERT_TRUE(feed(first).ok());
  engine->on_transport_lost();
  connect(true);
  Publish second = publish(0, 0, "");
  second.properties.add(PropertyId::kTopicAlias, 2);
  const auto result = feed(second);
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().is(EngineError::kTopicAliasInvalid));
}

TEST_P(ClientEngine5Test, AnAliasAboveTheMaximumIsRefused) {
  connect();
  Publish packet = publish(0, 0, "a/b");
  packet.properties.add(PropertyId::kTopicAlias, 5);
  ASSERT_FALSE(feed(packet).ok());
  const auto goodbyes = sent_of<Disconnect>();
  ASSERT_EQ(goodbyes.size(), 1u);
  EXPECT_EQ(goodbyes[0].reason, ReasonCode::kTopicAliasInvalid);
}

TEST_P(ClientEngine5Test, AnOversizePacketIsRefusedBeforeItsBody) {
  options.maximum_packet_size = 100;
  connect();
  const auto result = engine->receive(std::string_view("\x30\xff\x7f", 3), now);
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().is(CodecError::kTooLarge)) << result.error().message();
  const auto goodbyes = sent_of<Disconnect>();
  ASSERT_EQ(goodbyes.size(), 1u);
  EXPECT_EQ(goodbyes[0].reason, ReasonCode::kPacketTooLarge);
}

TEST_P(ClientEngine5Test, TheServersKeepAliveWins) {
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  sent();
  Connack connack;
  connack.properties.add(PropertyId::kServerKeepAlive, 5);
  ASSERT_TRUE(feed(connack).ok());
  sent();
  ASSERT_TRUE(engine->tick(now + seconds(5)).ok());
  EXPECT_EQ(sent_of<Pingreq>().size(), 1u);
}

TEST_P(ClientEngine5Test, WithoutIdentifiersTheBrokerIsAskedWithoutThem) {
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  sent();
  Connack connack;
  connack.properties.add(PropertyId::kSubscriptionIdentifierAvailable, 0);
  ASSERT_TRUE(feed(connack).ok());
  const auto subscribes = sent_of<Subscribe>();
  ASSERT_EQ(subscribes.size(), 1u);
  EXPECT_TRUE(subscribes[0].properties.empty());
  EXPECT_FALSE(events.connected[0].identifiers_available);
}

TEST_P(ClientEngine5Test, ATakeoverIsToldApart) {
  connect();
  Disconnect packet;
  packet.reason = ReasonCode::kSessionTakenOver;
  const auto result = feed(packet);
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().is(EngineError::kSessionTakenOver));
  EXPECT_NE(result.error().message().find("mkb-test-0"), std::string::npos);
  EXPECT_TRUE(sent().empty()) << "the broker ended it: nothing to say";
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientEngine5Test, testing::Values(Version::k5));

}  // namespace
}  // namespace mkb::mqtt
