#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
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

  /// Called when held() or lost_at() has changed; never from inside a call of this object that changed it.
  void set_on_change(std::function<void()> on_change) { on_change_ = std::move(on_change); }
  /// The broker must have the session already: Session Present 0 in the first CONNACK is a loss.
  void expect_session() { session_expected_ = true; }

  /// TCP and TLS, without CONNECT, until start().
  void prepare() { connection_->prepare(); }
  void start() { connection_->start(); }
  /// The assignment says anew that this process owns the session: no more waiting after a takeover.
  void retry_now() { connection_->retry_now(); }
  /// Acknowledges what is due, disconnects keeping the session, then calls `finished`.
  void finish(std::function<void()> finished);
  /// Gives the session to another owner: takes nothing more, lets Kafka confirm what it can, acknowledges,
  /// disconnects keeping the session, gives back what only waits, then calls `released`. When the connection
  /// ends before that, it is not made again.
  void release(std::function<void()> released);
  /// As much of release(), then connects again: what waits is delivered again, under the rules of now.
  void renew();
  /// Other routes and filters, also while connected; `matcher` is made of `plan`.
  void change(SessionPlan plan, RouteMatcher matcher);
  /// A few times a second.
  void tick();

  /// The broker has this session because of us, and we may acknowledge on it: from the first CONNACK until
  /// the connection has been ended for good.
  [[nodiscard]] bool holding() const { return epoch_ != 0 && !closed_; }
  /// Nothing more happens; the object may go when MessageSource::held is 0.
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool releasing() const { return released_ != nullptr; }
  /// When the broker was last found without a session that it should have had.
  [[nodiscard]] std::optional<TimePoint> lost_at() const { return lost_at_; }
  [[nodiscard]] const SessionPlan& plan() const { return plan_; }
  [[nodiscard]] SessionSnapshot snapshot() const;

  // MessageSource
  [[nodiscard]] std::string_view client_id() const override { return plan_.client_id; }
  [[nodiscard]] std::uint64_t epoch() const override { return epoch_; }
  [[nodiscard]] std::uint64_t session_epoch() const override { return session_epoch_; }
  void confirm(const mqtt::Ticket& ticket) override { connection_->confirm(ticket); }
  void flush() override;
  void resume() override { connection_->resume(); }

  // mqtt::ConnectionEvents
  [[nodiscard]] bool accepting() const override { return !settling_ && dispatcher_.accepting(); }
  void on_connected(const mqtt::ConnectedInfo& info) override;
  void on_publish(const mqtt::PublishView& publish, const mqtt::Ticket& ticket, TimePoint received) override;
  void on_subscription(std::size_t index, mqtt::ReasonCode reason, bool granted) override;
  void on_ready() override;
  void on_disconnected(const Error& error, bool was_connected) override;
  void on_finished() override;

 private:
  void settle();
  void report_change() const;
  void note_error(const char* kind, const std::string& text);

  SessionPlan plan_;
  RouteMatcher matcher_;
  Dispatcher& dispatcher_;
  const Clock& clock_;
  std::vector<std::size_t> plan_index_;  // engine's subscription -> plan's
  /// Subscribed since the session was resumed or began, by what is subscribed: a grant says that the filter
  /// was there for every message that carries an identifier which depends on it.
  std::set<std::string> subscribed_live_;
  std::unique_ptr<mqtt::Connection> connection_;
  std::function<void()> finished_;
  std::function<void()> released_;
  std::function<void()> on_change_;
  bool settling_ = false;  // takes nothing: to be released or renewed
  bool renewing_ = false;
  bool closed_ = false;
  bool session_expected_ = false;
  std::optional<TimePoint> lost_at_;
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
