#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "mqtt/connection.h"

namespace mkb::dataplane {

/// Ends one MQTT session for good, whoever holds it: connects with Clean Start 1 and expiry 0 (3.1.1: Clean
/// Session 1), which takes it over and forgets it, then disconnects. Tries until the broker accepts. Lives on
/// the I/O thread; may be destroyed at any time, but not from inside `ended`.
class SessionEnder final : public mqtt::ConnectionEvents {
 public:
  SessionEnder(boost::asio::io_context& io, const std::string& client_id, mqtt::ConnectionOptions options,
               const mqtt::ConnectionEnvironment& environment, std::function<void()> ended);

  void start() { connection_->start(); }
  /// Why it has not succeeded yet; empty: nothing has failed.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  // mqtt::ConnectionEvents
  [[nodiscard]] bool accepting() const override { return false; }
  void on_connected(const mqtt::ConnectedInfo& info) override;
  void on_publish(const mqtt::PublishView&, const mqtt::Ticket&, TimePoint) override {}
  void on_subscription(std::size_t, mqtt::ReasonCode, bool) override {}
  void on_ready() override {}
  void on_disconnected(const Error& error, bool was_connected) override;
  void on_finished() override;

 private:
  std::string client_id_;
  std::function<void()> ended_;
  std::string problem_;
  std::unique_ptr<mqtt::Connection> connection_;
};

}  // namespace mkb::dataplane
