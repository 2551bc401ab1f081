#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dataplane/flow/dispatcher.h"
#include "dataplane/flow/message_source.h"
#include "dataplane/flow/snapshot.h"
#include "dataplane/route/route_matcher.h"
#include "dataplane/route/session_plan.h"
#include "mqtt/connection.h"

namespace mkb::dataplane {

/// One shard at work: an MQTT session, the routes its messages go to, and what it knows of itself. Lives on
/// the I/O thread.
class IngestSession final : public mqtt::ConnectionEvents, public MessageSource {
 public:
  /// `options.engine` is completed with the plan's client id and subscriptions. References outlive the
  /// session.
  IngestSession(boost::asio::io_context& io, SessionPlan plan, RouteMatcher matcher,
                mqtt::ConnectionOptions options, const mqtt::ConnectionEnvironment& environment,
                Dispatcher& dispatcher, const Clock& clock);

  void start() { connection_->start(); }
  /// Acknowledges what is due, disconnects keeping the session, then calls `finished`.
  void finish(std::function<void()> finished);

  [[nodiscard]] SessionSnapshot snapshot() const;

  // MessageSource
  [[nodiscard]] std::string_view client_id() const override { return plan_.client_id; }
  [[nodiscard]] std::uint64_t epoch() const override { return epoch_; }
  [[nodiscard]] std::uint64_t session_epoch() const override { return session_epoch_; }
  void confirm(const mqtt::Ticket& ticket) override { connection_->confirm(ticket); }
  void flush() override { connection_->flush(); }
  void resume() override { connection_->resume(); }

  // mqtt::ConnectionEvents
  [[nodiscard]] bool accepting() const override { return dispatcher_.accepting(); }
  void on_connected(const mqtt::ConnectedInfo& info) override;
  void on_publish(const mqtt::PublishView& publish, const mqtt::Ticket& ticket, TimePoint received) override;
  void on_subscription(std::size_t index, mqtt::ReasonCode reason, bool granted) override;
  void on_ready() override;
  void on_disconnected(const Error& error, bool was_connected) override;
  void on_finished() override;

 private:
  void note_error(const char* kind, const std::string& text);

  SessionPlan plan_;
  RouteMatcher matcher_;
  Dispatcher& dispatcher_;
  const Clock& clock_;
  std::vector<std::size_t> plan_index_;  // engine's subscription -> plan's
  std::unique_ptr<mqtt::Connection> connection_;
  std::function<void()> finished_;
  std::uint64_t epoch_ = 0;
  std::uint64_t session_epoch_ = 0;
  /// The broker's session is new and it has granted everything so far. Only then does a grant say that the
  /// filter was there for every message: see RouteMatcher::set_granted.
  bool granted_from_the_start_ = false;
  bool unrouted_logged_ = false;
  std::string logged_error_;  // so that a lasting failure is logged once
  SessionSnapshot counts_;
};

}  // namespace mkb::dataplane
