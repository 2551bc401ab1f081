#include "mqtt/connection.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqtt/packet.h"

namespace mkb::mqtt {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// A transport whose other end is the test: it decides what connects, what is read and when writes complete.
class FakeTransport final : public Transport, public std::enable_shared_from_this<FakeTransport> {
 public:
  FakeTransport(asio::io_context& io, ServerAddress to) : server(std::move(to)), io_(io) {}

  void connect(Handler handler) override { connecting = std::move(handler); }
  void read_some(asio::mutable_buffer buffer, ReadHandler handler) override {
    ASSERT_FALSE(reading) << "two reads at once";
    buffer_ = buffer;
    reading = std::move(handler);
    deliver();
  }
  void write(asio::const_buffer buffer, Handler handler) override {
    ++writes;
    written.append(static_cast<const char*>(buffer.data()), buffer.size());
    asio::post(io_, [handler = std::move(handler), fail = fail_writes] {
      handler(fail ? Result<void>(Error(TransportError::kEnded, "broken pipe")) : Result<void>());
    });
  }
  void shutdown_send() override { half_closed = true; }
  void close() override {
    closed = true;
    if (connecting) {
      asio::post(io_, [handler = std::exchange(connecting, nullptr)] {
        handler(Error(TransportError::kNetwork, "operation canceled"));
      });
    }
    if (reading) {
      asio::post(io_, [handler = std::exchange(reading, nullptr)] {
        handler(Error(TransportError::kNetwork, "operation canceled"));
      });
    }
  }

  void send(const Packet& packet) {
    const auto encoded = encode_packet(packet, Version::k5, Sender::kServer, incoming_);
    ASSERT_TRUE(encoded.ok());
    deliver();
  }
  void end_stream() {
    ended_ = true;
    deliver();
  }

  ServerAddress server;
  Handler connecting;
  ReadHandler reading;
  std::string written;
  int writes = 0;
  bool fail_writes = false;
  bool half_closed = false;
  bool closed = false;

 private:
  void deliver() {
    if (!reading || (incoming_.empty() && !ended_)) {
      return;
    }
    Result<std::size_t> result = Error(TransportError::kEnded, "end of file");
    if (!incoming_.empty()) {
      const std::size_t size = asio::buffer_copy(buffer_, asio::buffer(incoming_));
      incoming_.erase(0, size);
      result = size;
    }
    asio::post(io_, [handler = std::exchange(reading, nullptr), result] { handler(result); });
  }

  asio::io_context& io_;
  asio::mutable_buffer buffer_;
  std::string incoming_;
  bool ended_ = false;
};

class ConnectionTest : public testing::Test, public ConnectionEvents {
 protected:
  ConnectionTest() {
    options.servers = {{false, "one", 1883}};
    options.engine.client_id = "c";
    options.engine.subscriptions = {{"a/#", 1, 7}};
    options.backoff_base = milliseconds(1);
    options.backoff_cap = milliseconds(4);
    environment.clock = &clock;
    environment.random = [this] { return random++; };
    environment.secrets = [this]() -> Result<ConnectSecrets> {
      ++secrets_read;
      if (secrets_error) {
        return *secrets_error;
      }
      return ConnectSecrets{};
    };
    environment.transport = [this](const ServerAddress& server, const TlsMaterial&) {
      transports.push_back(std::make_shared<FakeTransport>(io, server));
      return transports.back();
    };
  }

  ~ConnectionTest() override {
    connection.reset();
    for (const auto& each : transports) {
      each->connecting = nullptr;  // a handler holds its transport
      each->reading = nullptr;
    }
  }

  // ConnectionEvents
  [[nodiscard]] bool accepting() const override { return accept; }
  void on_connected(const ConnectedInfo&) override {
    ++connected;
    if (on_connack) {
      on_connack();
    }
  }
  void on_publish(const PublishView&, const Ticket& ticket, TimePoint) override { tickets.push_back(ticket); }
  void on_subscription(std::size_t, ReasonCode, bool) override {}
  void on_ready() override { ++ready; }
  void on_disconnected(const Error& error, bool was_connected) override {
    disconnects.emplace_back(error.message(), was_connected);
  }
  void on_finished() override { ++finished; }

  void make() { connection.emplace(io, options, environment, *this); }

  /// Runs handlers until `condition` holds.
  template <class Condition>
  void until(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the condition did not come true";
      io.restart();
      io.run_one_for(milliseconds(50));
    }
  }
  void settle() {
    io.restart();
    io.poll();
  }

  FakeTransport& transport() { return *transports.back(); }

  /// The current attempt connects, CONNACK and SUBACK follow.
  void establish(bool session_present = false) {
    ASSERT_TRUE(transport().connecting);
    std::exchange(transport().connecting, nullptr)(Result<void>());
    Connack connack;
    connack.session_present = session_present;
    transport().send(connack);
    const int before = ready;
    until([&] { return !packets<Subscribe>().empty(); });
    Suback suback;
    suback.packet_id = packets<Subscribe>().back().packet_id;
    suback.reasons = {ReasonCode::kGrantedQos1};
    transport().send(suback);
    until([&] { return ready == before + 1; });
  }

  template <class T>
  std::vector<T> packets() {
    std::vector<T> found;
    std::string_view rest = transport().written;
    while (!rest.empty()) {
      const FrameScan scan = next_frame(rest, kMaxPacketBytes);
      EXPECT_EQ(scan.state, FrameScan::State::kFrame);
      const auto packet = decode_packet(scan.frame, Version::k5, Sender::kClient);
      EXPECT_TRUE(packet.ok());
      if (const T* wanted = std::get_if<T>(&packet.value())) {
        found.push_back(*wanted);
      }
      rest.remove_prefix(scan.frame.total_size);
    }
    return found;
  }

  void publish(std::uint16_t id) {
    Publish packet;
    packet.topic = "a/b";
    packet.qos = 1;
    packet.packet_id = id;
    transport().send(packet);
  }

  asio::io_context io;
  SystemClock clock;
  std::uint64_t random = 1;
  int secrets_read = 0;
  std::optional<Error> secrets_error;
  ConnectionOptions options;
  ConnectionEnvironment environment;
  std::vector<std::shared_ptr<FakeTransport>> transports;
  bool accept = true;
  std::function<void()> on_connack;
  int connected = 0;
  int ready = 0;
  int finished = 0;
  std::vector<Ticket> tickets;
  std::vector<std::pair<std::string, bool>> disconnects;
  std::optional<Connection> connection;
};

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
