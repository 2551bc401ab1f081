#include "mqtt/client_engine.h"

#include "mqtt/client_engine_fixture.h"

namespace mkb::mqtt {
namespace {

using std::chrono::seconds;

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

}  // namespace
}  // namespace mkb::mqtt
