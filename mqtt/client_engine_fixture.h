#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "mqtt/client_engine.h"
#include "mqtt/packet.h"

namespace mkb::mqtt {

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

  TimePoint now{std::chrono::seconds(1000)};
  EngineOptions options;
  Recorder events;
  std::optional<ClientEngine> engine;
};

}  // namespace mkb::mqtt
