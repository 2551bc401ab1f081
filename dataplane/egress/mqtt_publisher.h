#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/bridge_spec.h"
#include "api/secret_store.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/result.h"
#include "dataplane/egress/egress_ports.h"
#include "dataplane/egress/paho/paho_client.h"
#include "dataplane/flow/snapshot.h"

namespace mkb::dataplane {

class PublisherEvents {
 public:
  virtual ~PublisherEvents() = default;
  virtual void on_connected(bool resumed) = 0;
  virtual void on_published(std::uint64_t id) = 0;
  virtual void on_refused(std::uint64_t id, const std::string& text) = 0;
  virtual void on_unsent(std::uint64_t id) = 0;
  virtual void on_publisher_error(const std::string& text) = 0;
  /// After a batch of the above.
  virtual void on_publisher_batch_end() = 0;
};

/// An MQTT client that only publishes, kept connected with full jitter: paho.mqtt.cpp, whose delivery tokens
/// complete at PUBACK or PUBCOMP, brought to the io_context's thread, where all calls and events are.
class MqttPublisher final : public MessagePublisher {
 public:
  /// `events` outlives the publisher. Errors: SecretError.
  static Result<std::unique_ptr<MqttPublisher>> create(boost::asio::io_context& io, const api::MqttSpec& spec,
                                                       const std::string& client_id, int max_in_flight,
                                                       const api::SecretStore& secrets,
                                                       std::function<std::uint64_t()> random,
                                                       PublisherEvents& events);
  ~MqttPublisher() override;
  MqttPublisher(const MqttPublisher&) = delete;
  MqttPublisher& operator=(const MqttPublisher&) = delete;

  void start();
  void disconnect();

  [[nodiscard]] bool connected() const override { return state_ == State::kConnected; }
  [[nodiscard]] std::size_t maximum_packet_size() const override { return maximum_packet_size_; }
  [[nodiscard]] int maximum_qos() const override { return maximum_qos_; }
  [[nodiscard]] bool retain_available() const override { return retain_available_; }
  bool publish(std::uint64_t id, const OutgoingMessage& message) override;

  /// Client, server and connection of the snapshot.
  void fill(PublisherSnapshot& snapshot) const;

 private:
  enum class State : std::uint8_t { kWaiting, kConnecting, kConnected };

  MqttPublisher(boost::asio::io_context& io, const api::MqttSpec& spec, std::string client_id,
                const api::SecretStore& secrets, std::function<std::uint64_t()> random,
                PublisherEvents& events);
  [[nodiscard]] Result<PahoCredentials> credentials() const;
  void connect();
  void connect_later(const std::string& why);
  void handle_events();
  void handle(const PahoEvent& event);
  void handle_connected(const PahoEvent& event);
  [[nodiscard]] std::string server() const;

  const api::MqttSpec& spec_;
  std::string client_id_;
  const api::SecretStore& secrets_;
  std::function<std::uint64_t()> random_;
  PublisherEvents& events_;
  boost::asio::steady_timer timer_;
  FullJitterBackoff backoff_;
  State state_ = State::kWaiting;
  bool closing_ = false;
  std::size_t maximum_packet_size_ = 0;
  int maximum_qos_ = 2;
  bool retain_available_ = true;
  std::size_t server_ = 0;  // of spec_.servers: the current, the last or the next
  std::uint64_t connects_ = 0;
  std::string logged_error_;
  /// Cleared when this object goes, for handlers that outlive it.
  std::shared_ptr<MqttPublisher*> life_ = std::make_shared<MqttPublisher*>(this);
  std::unique_ptr<PahoClient> client_;
};

}  // namespace mkb::dataplane
