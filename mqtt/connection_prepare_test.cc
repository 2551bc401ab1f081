// Connections that wait before CONNECT, that are taken over, and whose subscriptions change.
#include <chrono>

#include "mqtt/connection_fixture.h"

namespace mkb::mqtt {
namespace {

using std::chrono::milliseconds;

class ConnectionPrepareTest : public ConnectionTest {
 protected:
  ConnectionPrepareTest() { options.prepare_interval = milliseconds(20); }

  /// A prepared connection whose transport is open.
  void prepare() {
    make();
    connection->prepare();
    ASSERT_TRUE(transport().connecting);
    std::exchange(transport().connecting, nullptr)(Result<void>());
    settle();
  }
  void grant(bool session_present) {
    Connack connack;
    connack.session_present = session_present;
    transport().send(connack);
    until([&] { return !packets<Subscribe>().empty(); });
    Suback suback;
    suback.packet_id = packets<Subscribe>().back().packet_id;
    suback.reasons = {ReasonCode::kGrantedQos1};
    transport().send(suback);
    until([&] { return ready == 1; });
  }
};

TEST_F(ConnectionPrepareTest, APreparedConnectionIsOpenAndSilent) {
  prepare();
  EXPECT_STREQ(connection->state(), "prepared");
  EXPECT_TRUE(transport().written.empty());
  EXPECT_TRUE(transport().reading) << "it must notice when the broker closes";
  EXPECT_EQ(connection->connects(), 0u);
}

TEST_F(ConnectionPrepareTest, StartUsesThePreparedTransport) {
  prepare();
  connection->start();
  EXPECT_EQ(packets<Connect>().size(), 1u) << "without another round trip for TCP and TLS";
  grant(true);
  EXPECT_EQ(transports.size(), 1u);
  EXPECT_STREQ(connection->state(), "ready");
  EXPECT_EQ(secrets_read, 2) << "credentials are read when they are sent";
  publish(1);
  until([&] { return tickets.size() == 1; });
}

TEST_F(ConnectionPrepareTest, StartWhileItIsBeingOpenedGoesOn) {
  make();
  connection->prepare();
  connection->start();
  EXPECT_EQ(transports.size(), 1u);
  std::exchange(transport().connecting, nullptr)(Result<void>());
  EXPECT_EQ(packets<Connect>().size(), 1u);
  grant(false);
}

TEST_F(ConnectionPrepareTest, WhatTheBrokerClosesIsOpenedAgainNotTooOften) {
  const auto begin = clock.now();
  prepare();
  for (std::size_t round = 1; round <= 3; ++round) {
    transport().end_stream();
    until([&] { return transports.size() == round + 1; });
    std::exchange(transport().connecting, nullptr)(Result<void>());
    settle();
    EXPECT_STREQ(connection->state(), "prepared");
  }
  EXPECT_GE(clock.now() - begin, 3 * options.prepare_interval);
  EXPECT_TRUE(disconnects.empty()) << "no failure";
  EXPECT_TRUE(transports[0]->closed);
}

TEST_F(ConnectionPrepareTest, ABrokerThatSpeaksFirstIsClosed) {
  prepare();
  transport().send(Connack{});
  until([&] { return transports.size() == 2; });
  EXPECT_TRUE(transports[0]->closed);
  EXPECT_EQ(connected, 0);
}

TEST_F(ConnectionPrepareTest, StartWhileItWaitsToBeOpenedAgainConnectsAtOnce) {
  options.prepare_interval = std::chrono::hours(1);
  prepare();
  transport().end_stream();
  until([&] { return std::string(connection->state()) == "backoff"; });
  connection->start();
  until([&] { return transports.size() == 2; });
  std::exchange(transport().connecting, nullptr)(Result<void>());
  EXPECT_EQ(packets<Connect>().size(), 1u);
}

TEST_F(ConnectionPrepareTest, AFailureToPrepareIsReported) {
  make();
  connection->prepare();
  std::exchange(transport().connecting, nullptr)(Error(TransportError::kNetwork, "refused"));
  ASSERT_EQ(disconnects.size(), 1u);
  EXPECT_EQ(disconnects[0].first, "refused");
  until([&] { return transports.size() == 2; });
}

TEST_F(ConnectionPrepareTest, FinishLetsAPreparedConnectionGo) {
  prepare();
  connection->finish();
  until([&] { return finished == 1; });
  EXPECT_TRUE(transport().closed);
  EXPECT_TRUE(transport().written.empty());
}

TEST_F(ConnectionPrepareTest, PreparingAStartedConnectionDoesNothing) {
  make();
  connection->start();
  establish();
  connection->prepare();
  connection->start();
  settle();
  EXPECT_EQ(transports.size(), 1u);
  EXPECT_STREQ(connection->state(), "ready");
}

TEST_F(ConnectionPrepareTest, AConnectionThatWasTakenOverStaysAway) {
  options.takeover_delay = std::chrono::hours(1);
  make();
  connection->start();
  establish();
  Disconnect packet;
  packet.reason = ReasonCode::kSessionTakenOver;
  transport().send(packet);
  until([&] { return disconnects.size() == 1; });
  EXPECT_EQ(transports.size(), 1u);
  connection->retry_now();
  until([&] { return transports.size() == 2; });
  establish(true);
  connection->retry_now();
  settle();
  EXPECT_EQ(transports.size(), 2u) << "there is nothing to retry";
}

TEST_F(ConnectionPrepareTest, TheOwnerMayHoldTheNextAttemptBack) {
  Duration least = std::chrono::hours(1);
  environment.least_delay = [&least] { return least; };
  make();
  connection->start();
  establish();
  transport().end_stream();
  until([&] { return disconnects.size() == 1; });
  EXPECT_EQ(transports.size(), 1u);
  connection->retry_now();
  until([&] { return transports.size() == 2; });
  least = Duration{};
  establish(true);
  transport().end_stream();
  until([&] { return transports.size() == 3; });
}

TEST_F(ConnectionPrepareTest, ReconnectSaysGoodbyeAndConnectsAgain) {
  make();
  connection->reconnect();
  connection->start();
  establish();
  publish(1);
  until([&] { return tickets.size() == 1; });
  connection->confirm(tickets[0]);
  connection->reconnect();
  until([&] { return transport().half_closed; });
  EXPECT_EQ(packets<Ack>().size(), 1u);
  EXPECT_EQ(packets<Disconnect>().size(), 1u);
  transport().end_stream();
  until([&] { return transports.size() == 2; });
  establish(true);
  EXPECT_EQ(finished, 0);
  EXPECT_TRUE(disconnects.empty());
}

TEST_F(ConnectionPrepareTest, FinishWhileReconnectingIsFinal) {
  make();
  connection->start();
  establish();
  connection->reconnect();
  connection->finish();
  until([&] { return transport().half_closed; });
  transport().end_stream();
  until([&] { return finished == 1; });
  EXPECT_EQ(transports.size(), 1u);
}

TEST_F(ConnectionPrepareTest, ChangedSubscriptionsAreSent) {
  make();
  connection->start();
  establish();
  connection->resubscribe({{"a/#", 1, 7}, {"new", 1, 8}});
  until([&] { return packets<Subscribe>().size() == 2; });
  Suback suback;
  suback.packet_id = packets<Subscribe>().back().packet_id;
  suback.reasons = {ReasonCode::kGrantedQos1};
  transport().send(suback);
  until([&] { return ready == 2; });
  EXPECT_EQ(connection->connects(), 1u);
}

}  // namespace
}  // namespace mkb::mqtt
