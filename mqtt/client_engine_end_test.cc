#include "mqtt/client_engine.h"

#include "mqtt/client_engine_fixture.h"

namespace mkb::mqtt {
namespace {

using std::chrono::seconds;

// How connections end, and what only MQTT 5 has.

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
