#include "mqtt/connection.h"

#include "mqtt/connection_fixture.h"

namespace mkb::mqtt {
namespace {

using std::chrono::milliseconds;

TEST_F(ConnectionTest, ReportsItsStates) {
  make();
  EXPECT_STREQ(connection->state(), "connecting");
  connection->start();
  EXPECT_STREQ(connection->state(), "connecting");
  establish();
  EXPECT_STREQ(connection->state(), "ready");
  EXPECT_EQ(connection->connects(), 1u);
  EXPECT_EQ(connection->server(), "one:1883");
}

TEST_F(ConnectionTest, AcknowledgementsOfABatchShareOneWrite) {
  make();
  connection->start();
  establish();
  for (std::uint16_t id = 1; id <= 100; ++id) {
    publish(id);
  }
  until([&] { return tickets.size() == 100; });
  settle();
  const int writes = transport().writes;
  for (const Ticket& ticket : tickets) {
    connection->confirm(ticket);
  }
  connection->flush();
  settle();
  EXPECT_EQ(transport().writes, writes + 1);
  EXPECT_EQ(packets<Ack>().size(), 100u);
}

TEST_F(ConnectionTest, TriesTheServersInTurn) {
  options.servers = {{false, "one", 1883}, {false, "two", 1883}, {true, "::1", 8883}};
  make();
  connection->start();
  for (std::size_t attempt = 1; attempt <= 4; ++attempt) {
    until([&] { return transports.size() == attempt && transport().connecting; });
    std::exchange(transport().connecting, nullptr)(Error(TransportError::kNetwork, "refused"));
  }
  until([&] { return transports.size() == 5; });
  EXPECT_EQ(transports[0]->server.text(), "one:1883");
  EXPECT_EQ(transports[1]->server.text(), "two:1883");
  EXPECT_EQ(transports[2]->server.text(), "[::1]:8883");
  EXPECT_EQ(transports[3]->server.text(), "one:1883");
  EXPECT_EQ(disconnects.size(), 4u);
  EXPECT_FALSE(disconnects[0].second);
}

TEST_F(ConnectionTest, ReconnectsAndReadsSecretsAnew) {
  make();
  connection->start();
  establish();
  transport().end_stream();
  until([&] { return transports.size() == 2; });
  ASSERT_EQ(disconnects.size(), 1u);
  EXPECT_TRUE(disconnects[0].second);
  establish(true);
  EXPECT_EQ(connection->connects(), 2u);
  EXPECT_EQ(secrets_read, 2);
}

TEST_F(ConnectionTest, MissingSecretsAreReportedAndWaitedFor) {
  secrets_error = Error(EngineError::kRefused, "no such secret");
  make();
  connection->start();
  until([&] { return disconnects.size() >= 3; });
  EXPECT_EQ(disconnects[0].first, "no such secret");
  EXPECT_TRUE(transports.empty());
  secrets_error.reset();
  until([&] { return transports.size() == 1; });
  establish();
}

TEST_F(ConnectionTest, AConnectThatHangsIsGivenUp) {
  options.connect_timeout = milliseconds(5);
  make();
  connection->start();
  until([&] { return transports.size() == 2; });
  EXPECT_NE(disconnects.at(0).first.find("took too long"), std::string::npos);
  EXPECT_TRUE(transports[0]->closed);
}

TEST_F(ConnectionTest, DoesNotReadWhileNothingIsAccepted) {
  make();
  connection->start();
  establish();
  accept = false;
  publish(1);
  settle();
  publish(2);
  settle();
  EXPECT_TRUE(tickets.empty());
  EXPECT_FALSE(transport().reading) << "a paused connection leaves bytes in the socket";
  accept = true;
  connection->resume();
  until([&] { return tickets.size() == 2; });
  EXPECT_TRUE(transport().reading);
}

TEST_F(ConnectionTest, AResumeFromInsideAnEventIsHarmless) {
  make();
  connection->start();
  std::exchange(transport().connecting, nullptr)(Result<void>());
  accept = false;
  on_connack = [this] {
    accept = true;
    connection->resume();
  };
  transport().send(Connack{});
  until([&] { return !packets<Subscribe>().empty(); });
  EXPECT_TRUE(disconnects.empty());
  EXPECT_EQ(connected, 1);
}

TEST_F(ConnectionTest, AnEngineErrorSaysGoodbyeBeforeClosing) {
  make();
  connection->start();
  establish();
  auto broken = transports.back();
  transport().send(Connack{});
  until([&] { return transports.size() == 2; });
  EXPECT_NE(broken->written.find('\xe0'), std::string::npos) << "a DISCONNECT was written";
  until([&] { return broken->closed; });
  EXPECT_TRUE(disconnects.at(0).second);
}

TEST_F(ConnectionTest, FinishAcknowledgesDisconnectsAndReadsToTheEnd) {
  make();
  connection->start();
  establish();
  publish(1);
  publish(2);
  until([&] { return tickets.size() == 2; });
  connection->confirm(tickets[0]);
  connection->finish();
  EXPECT_STREQ(connection->state(), "draining");
  until([&] { return transport().half_closed; });
  EXPECT_FALSE(transport().closed) << "closing now could reset what is on its way";
  const auto acks = packets<Ack>();
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_EQ(acks[0].packet_id, 1);
  EXPECT_EQ(packets<Disconnect>().size(), 1u);
  publish(3);
  settle();
  EXPECT_EQ(tickets.size(), 2u) << "the broker keeps what was not taken";
  EXPECT_EQ(finished, 0);
  transport().end_stream();
  until([&] { return finished == 1; });
  EXPECT_STREQ(connection->state(), "closed");
  EXPECT_TRUE(disconnects.empty());
}

TEST_F(ConnectionTest, FinishEndsWithoutTheBrokersHelp) {
  options.goodbye_timeout = milliseconds(5);
  make();
  connection->start();
  establish();
  connection->finish();
  until([&] { return finished == 1; });
  EXPECT_TRUE(transport().closed);
}

TEST_F(ConnectionTest, FinishWhileConnectingEndsAtOnce) {
  make();
  connection->start();
  connection->finish();
  until([&] { return finished == 1; });
  EXPECT_EQ(transports.size(), 1u);
  connection->finish();
  settle();
  EXPECT_EQ(finished, 1);
}

TEST_F(ConnectionTest, HandlersThatOutliveTheConnectionDoNothing) {
  make();
  connection->start();
  establish();
  auto late = transports.back();
  connection.reset();
  late->end_stream();
  settle();
  EXPECT_TRUE(disconnects.empty());
}

}  // namespace
}  // namespace mkb::mqtt
