#include "dataplane/flow/ingest_session.h"

#include <algorithm>
#include <utility>

#include "api/secret_store.h"
#include "base/log.h"
#include "mqtt/reason_code.h"

namespace mkb::dataplane {
namespace {

/// The `kind` label of mkb_mqtt_errors_total.
const char* error_kind(const Error& error) {
  if (error.is(mqtt::TransportError::kTls)) {
    return "tls";
  }
  if (error.is(mqtt::TransportError::kNetwork) || error.is(mqtt::TransportError::kEnded)) {
    return "network";
  }
  if (error.is(mqtt::EngineError::kRefused)) {
    return "refused";
  }
  if (error.is(mqtt::EngineError::kTimeout)) {
    return "timeout";
  }
  if (error.is(mqtt::EngineError::kDisconnected)) {
    return "disconnected";
  }
  if (error.is(mqtt::EngineError::kSessionTakenOver)) {
    return "taken_over";
  }
  if (error.is(api::SecretError::kBadName) || error.is(api::SecretError::kMissing) ||
      error.is(api::SecretError::kUnreadable) || error.is(api::SecretError::kEmpty) ||
      error.is(api::SecretError::kTooLarge)) {
    return "secret";
  }
  return "protocol";
}

std::vector<mqtt::SubscriptionRequest> requests(const SessionPlan& plan) {
  std::vector<mqtt::SubscriptionRequest> wanted;
  for (const PlannedSubscription& each : plan.subscriptions) {
    if (each.subscribed) {
      wanted.push_back({each.subscribe, each.qos, each.subscription_id});
    }
  }
  return wanted;
}

std::vector<std::size_t> indexes_of_subscribed(const SessionPlan& plan) {
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < plan.subscriptions.size(); ++i) {
    if (plan.subscriptions[i].subscribed) {
      indexes.push_back(i);
    }
  }
  return indexes;
}

mqtt::ConnectionOptions complete(mqtt::ConnectionOptions options, const SessionPlan& plan) {
  options.engine.client_id = plan.client_id;
  options.engine.subscriptions = requests(plan);
  return options;
}

}  // namespace

IngestSession::IngestSession(boost::asio::io_context& io, SessionPlan plan, RouteMatcher matcher,
                             mqtt::ConnectionOptions options, const mqtt::ConnectionEnvironment& environment,
                             Dispatcher& dispatcher, const Clock& clock)
    : plan_(std::move(plan)),
      matcher_(std::move(matcher)),
      dispatcher_(dispatcher),
      clock_(clock),
      plan_index_(indexes_of_subscribed(plan_)) {
  counts_.shard = plan_.shard;
  counts_.client_id = plan_.client_id;
  counts_.filters = plan_.subscriptions.size();
  connection_ =
      std::make_unique<mqtt::Connection>(io, complete(std::move(options), plan_), environment, *this);
}

void IngestSession::finish(std::function<void()> finished) {
  finished_ = std::move(finished);
  connection_->finish();
}

void IngestSession::release(std::function<void()> released) {
  released_ = std::move(released);
  settling_ = true;
  renewing_ = false;
  settle();
}

void IngestSession::renew() {
  if (!settling_ && connection_->engine().connected()) {
    settling_ = renewing_ = true;
    settle();
  }
}

void IngestSession::settle() {
  if (!settling_ || (connection_->engine().connected() && !dispatcher_.settled(*this))) {
    return;
  }
  if (renewing_) {
    settling_ = renewing_ = false;
    connection_->reconnect();
  } else {
    connection_->finish();
  }
}

void IngestSession::flush() {
  connection_->flush();
  settle();
}

void IngestSession::tick() {
  settle();
}

void IngestSession::change(SessionPlan plan, RouteMatcher matcher) {
  for (const PlannedSubscription& each : plan.subscriptions) {
    const bool known = std::any_of(
        plan_.subscriptions.begin(), plan_.subscriptions.end(), [&each](const PlannedSubscription& before) {
          return before.subscribe == each.subscribe && before.subscription_id == each.subscription_id;
        });
    if (!known && connection_->engine().connected()) {
      subscribed_live_.insert(each.subscribe);
    }
  }
  matcher.adopt_granted(matcher_);
  plan_ = std::move(plan);
  matcher_ = std::move(matcher);
  plan_index_ = indexes_of_subscribed(plan_);
  counts_.filters = plan_.subscriptions.size();
  unrouted_logged_ = false;
  connection_->resubscribe(requests(plan_));
}

SessionSnapshot IngestSession::snapshot() const {
  SessionSnapshot snapshot = counts_;
  snapshot.server = connection_->server();
  snapshot.state = connection_->state();
  snapshot.ready = connection_->engine().ready();
  snapshot.in_flight = connection_->engine().unacknowledged();
  snapshot.connects = connection_->connects();
  snapshot.duplicates_suppressed = connection_->engine().duplicates_suppressed();
  return snapshot;
}

void IngestSession::on_connected(const mqtt::ConnectedInfo& info) {
  ++epoch_;
  unrouted_logged_ = false;
  logged_error_.clear();
  spdlog::info("session {}: connected to {}, {}", plan_.client_id, connection_->server(),
               info.session_present ? "session resumed" : "new session");
  granted_from_the_start_ = !info.session_present;
  subscribed_live_.clear();
  if (info.session_present) {
    dispatcher_.on_session_resumed(*this);
  } else {
    session_epoch_ = epoch_;
    matcher_.forget_granted();
  }
  if (info.session_lost || (session_expected_ && !info.session_present)) {
    ++counts_.sessions_lost;
    lost_at_ = clock_.now();
    note_error("session_lost", "the broker has lost the session " + plan_.client_id +
                                   " (Session Present 0): messages that it had queued are lost with it");
    dispatcher_.on_session_lost(*this);
  }
  session_expected_ = false;
  report_change();
}

void IngestSession::on_publish(const mqtt::PublishView& publish, const mqtt::Ticket& ticket,
                               TimePoint received) {
  const auto routes = matcher_.match(publish);
  if (routes.empty() && !matcher_.redundant()) {
    ++counts_.unrouted;
    if (!unrouted_logged_) {
      unrouted_logged_ = true;
      spdlog::warn(
          "session {}: no route wants '{}'; the session holds a subscription of an earlier configuration. "
          "Such messages are acknowledged and counted (mkb_mqtt_unrouted_total)",
          plan_.client_id, publish.topic);
    }
  }
  dispatcher_.dispatch(*this, publish, ticket, received, routes);
}

void IngestSession::on_subscription(std::size_t index, mqtt::ReasonCode reason, bool granted) {
  const std::size_t planned = plan_index_[index];
  if (!granted) {
    granted_from_the_start_ = false;
    matcher_.set_granted(planned, false);
    const PlannedSubscription& wanted = plan_.subscriptions[planned];
    const std::string why = mqtt::is_failure(reason)
                                ? std::string(mqtt::reason_code_name(reason))
                                : "only QoS " + std::to_string(static_cast<int>(reason)) +
                                      " granted instead of QoS " + std::to_string(wanted.qos);
    note_error("subscribe", "subscription '" + wanted.subscribe + "' refused: " + why);
  } else if (granted_from_the_start_ || subscribed_live_.count(plan_.subscriptions[planned].subscribe) != 0) {
    matcher_.set_granted(planned, true);
  }
}

void IngestSession::on_ready() {
  spdlog::info("session {}: ready, {} filter{}", plan_.client_id, plan_.subscriptions.size(),
               plan_.subscriptions.size() == 1 ? "" : "s");
}

void IngestSession::on_disconnected(const Error& error, bool was_connected) {
  note_error(error_kind(error), error.message());
  if (released_ != nullptr) {
    connection_->finish();  // it is another's: connecting again would take it back
    return;
  }
  settling_ = renewing_ = false;
  if (was_connected) {
    spdlog::info("session {}: disconnected from {}, reconnecting", plan_.client_id, connection_->server());
  }
}

void IngestSession::on_finished() {
  closed_ = true;
  if (epoch_ != 0) {
    spdlog::info("session {}: closed, kept by the broker", plan_.client_id);
  }
  if (released_ != nullptr) {
    dispatcher_.on_source_closed(*this);
  }
  for (const auto& done : {std::exchange(finished_, nullptr), std::exchange(released_, nullptr)}) {
    if (done) {
      done();
    }
  }
}

void IngestSession::report_change() const {
  if (on_change_) {
    on_change_();
  }
}

void IngestSession::note_error(const char* kind, const std::string& text) {
  ++counts_.errors[kind];
  counts_.last_error = text;
  counts_.last_error_unix_ms = clock_.unix_millis();
  if (logged_error_ != text) {
    logged_error_ = text;
    spdlog::warn("session {}: {}", plan_.client_id, text);
  }
}

}  // namespace mkb::dataplane
