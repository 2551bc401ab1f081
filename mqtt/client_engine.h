#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "mqtt/ack_queue.h"
#include "mqtt/client_engine_types.h"
#include "mqtt/connack.h"
#include "mqtt/publish.h"
#include "mqtt/qos2_receiver.h"

namespace mkb::mqtt {

/// One receiving MQTT session without a socket: bytes and time go in, bytes and events come out. It outlives
/// its connections, because QoS 2 identifiers do. One thread; no allocation per message in steady state.
///
/// Use: open() when the transport is up; receive() with what was read; write output(); tick() about once a
/// second; on_transport_lost() when it is gone, then open() again. An acknowledgement leaves only after
/// confirm(), in the order of the PUBLISHes [MQTT-4.6.0-2].
class ClientEngine {
 public:
  ClientEngine(EngineOptions options, EngineEvents& events);

  /// The transport is up: writes CONNECT (Clean Start 0, unless it is to end the session).
  Result<void> open(const Credentials& credentials, TimePoint now);

  /// Takes whole packets off the front of `bytes`; returns how many bytes: fewer when a packet is incomplete
  /// (missing() says by how much) or when stalled(). An error ends the connection: write output(), close.
  Result<std::size_t> receive(std::string_view bytes, TimePoint now);
  [[nodiscard]] std::size_t missing() const { return missing_; }

  /// True while a connected session takes no further packet, and the transport is not to be read: the owner
  /// does not accept messages, or as many as the Receive Maximum wait for their acknowledgement. This bounds
  /// 3.1.1 sessions, and MQTT 5 brokers that exceed the Receive Maximum (mosquitto 2.0.11 does): leaving with
  /// 0x93 would make them redeliver, and exceed it again, for ever.
  [[nodiscard]] bool stalled() const;

  /// The message is done with. Tickets of an ended connection are ignored: the broker delivers it again.
  void confirm(const Ticket& ticket);
  /// Writes the acknowledgements that are due to output(), so that a batch of them shares one write.
  void write_acknowledgements();

  /// Replaces the subscriptions, also while connected: subscribes what is new or changed and, when that is
  /// answered, unsubscribes what is gone. Indexes in events are those of `wanted` from now on.
  Result<void> resubscribe(std::vector<SubscriptionRequest> wanted);

  /// Keep alive, time limits and the retry of refused subscriptions. An error ends the connection.
  Result<void> tick(TimePoint now);

  /// Writes DISCONNECT; the session stays with the broker.
  void disconnect();
  void on_transport_lost();

  /// Bytes to send; the caller moves them out.
  [[nodiscard]] std::string& output() { return output_; }
  void on_sent(TimePoint now) { last_sent_ = now; }

  [[nodiscard]] bool connected() const { return state_ == State::kConnected; }
  /// Connected, and every filter granted at the QoS asked for.
  [[nodiscard]] bool ready() const { return connected() && granted_count_ == subscriptions_.size(); }
  [[nodiscard]] std::size_t unacknowledged() const { return acks_.size(); }
  [[nodiscard]] const EngineOptions& options() const { return options_; }
  [[nodiscard]] std::uint64_t duplicates_suppressed() const { return duplicates_suppressed_; }

 private:
  enum class State { kClosed, kConnecting, kConnected };
  enum class Subscribed { kWanted, kAsked, kGranted, kRefused };
  struct Leaving {
    std::string filter;
    std::uint16_t packet_id = 0;  // of the UNSUBSCRIBE under way; 0: not sent on this connection
  };

  Result<void> handle(const Frame& frame, TimePoint now);
  Result<void> handle_connack(const Frame& frame, TimePoint now);
  Result<void> handle_publish(const Frame& frame, TimePoint now);
  Result<void> handle_pubrel(const Frame& frame);
  Result<void> handle_suback(const Frame& frame);
  Result<void> handle_disconnect(const Frame& frame);
  Result<void> resolve_alias(PublishView& publish);
  Result<void> read_limits(const Connack& connack);
  Result<void> handle_unsuback(const Frame& frame);
  Result<void> send_subscribes();
  Result<void> send_unsubscribes();
  std::uint16_t take_packet_id();
  Result<void> refuse(Error error);

  EngineOptions options_;
  EngineEvents& events_;
  State state_ = State::kClosed;
  std::string output_;
  std::size_t missing_ = 2;
  AckQueue acks_;
  Qos2Receiver qos2_;
  std::vector<std::string> aliases_;  // by topic alias; index 0 unused
  std::uint64_t duplicates_suppressed_ = 0;
  bool had_session_ = false;
  bool identifiers_available_ = false;

  std::vector<Subscribed> subscriptions_;
  std::map<std::uint16_t, std::vector<std::size_t>> asked_;  // SUBSCRIBE packet identifier -> indexes
  std::vector<Leaving> leaving_;
  std::uint16_t next_packet_id_ = 1;
  std::size_t granted_count_ = 0;
  bool announced_ready_ = false;

  Duration keep_alive_{};
  TimePoint opened_{};
  TimePoint last_sent_{};
  std::optional<TimePoint> ping_deadline_;
  std::optional<TimePoint> subscribe_retry_;
};

}  // namespace mkb::mqtt
