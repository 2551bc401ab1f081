#pragma once

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mqtt/connection.h"
#include "mqtt/packet.h"

namespace mkb::mqtt {
/// A transport whose other end is the test: it decides what connects, what is read and when writes complete.
class FakeTransport final : public Transport, public std::enable_shared_from_this<FakeTransport> {
 public:
  FakeTransport(boost::asio::io_context& io, ServerAddress to) : server(std::move(to)), io_(io) {}

  void connect(Handler handler) override { connecting = std::move(handler); }
  void read_some(boost::asio::mutable_buffer buffer, ReadHandler handler) override {
    ASSERT_FALSE(reading) << "two reads at once";
    buffer_ = buffer;
    reading = std::move(handler);
    deliver();
  }
  void write(boost::asio::const_buffer buffer, Handler handler) override {
    ++writes;
    written.append(static_cast<const char*>(buffer.data()), buffer.size());
    boost::asio::post(io_, [handler = std::move(handler), fail = fail_writes] {
      handler(fail ? Result<void>(Error(TransportError::kEnded, "broken pipe")) : Result<void>());
    });
  }
  void shutdown_send() override { half_closed = true; }
  void close() override {
    closed = true;
    if (connecting) {
      boost::asio::post(io_, [handler = std::exchange(connecting, nullptr)] {
        handler(Error(TransportError::kNetwork, "operation canceled"));
      });
    }
    if (reading) {
      boost::asio::post(io_, [handler = std::exchange(reading, nullptr)] {
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
      const std::size_t size = boost::asio::buffer_copy(buffer_, boost::asio::buffer(incoming_));
      incoming_.erase(0, size);
      result = size;
    }
    boost::asio::post(io_, [handler = std::exchange(reading, nullptr), result] { handler(result); });
  }

  boost::asio::io_context& io_;
  boost::asio::mutable_buffer buffer_;
  std::string incoming_;
  bool ended_ = false;
};

class ConnectionTest : public testing::Test, public ConnectionEvents {
 protected:
  ConnectionTest() {
    options.servers = {{false, "one", 1883}};
    options.engine.client_id = "c";
    options.engine.subscriptions = {{"a/#", 1, 7}};
    options.backoff_base = std::chrono::milliseconds(1);
    options.backoff_cap = std::chrono::milliseconds(4);
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
      io.run_one_for(std::chrono::milliseconds(50));
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

  boost::asio::io_context io;
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

}  // namespace mkb::mqtt
