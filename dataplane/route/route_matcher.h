#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dataplane/route/session_plan.h"
#include "mqtt/filter_matcher.h"
#include "mqtt/publish.h"

namespace mkb::dataplane {

/// Decides which routes a message received in one session goes to, each at most once.
///
/// A message that several subscriptions of a session match arrives once with all their identifiers or once
/// per subscription with one identifier each: the broker chooses [MQTT-3.3.4-3] [MQTT-3.3.4-4]. Both give one
/// delivery per route if, of a route's filters that match the topic, only the first counts: a copy under
/// another identifier is skipped, because the first one's copy (or identifier) is there too.
///
/// It is there only if the first filter was subscribed when the broker took the message. Hence
/// - a filter takes topics over only once the broker has granted it: set_granted();
/// - an identifier depends on the routes that its filter feeds and the filters that it leaves topics to
///   (session_packer.h), so that a message queued before they were so carries one that is unknown now;
/// - an unknown identifier, or one whose filter does not match the topic, is of an earlier configuration.
///   Such a message, and one without any identifier, goes to every route with a filter that matches: a route
///   may get it twice, none loses it.
///
/// Does not allocate once buffers have grown. Not thread-safe.
class RouteMatcher {
 public:
  /// Copies what it needs of `session`. Fails when a filter is invalid (mqtt::TopicError).
  static Result<RouteMatcher> build(const SessionPlan& session);

  /// Tells what the broker said of a subscription in its SUBACK; `subscription` is an index in
  /// SessionPlan::subscriptions. Nothing is granted at first. What was granted stays so when the broker
  /// resumes the session.
  void set_granted(std::size_t subscription, bool granted);
  /// Takes over what was granted in `before`, of subscriptions with the same filter and identifier: the
  /// session's routes changed while the broker kept it.
  void adopt_granted(const RouteMatcher& before);
  /// Forgets what was granted: the broker has a new session (Session Present 0).
  void forget_granted();

  /// The routes for a message (topic alias resolved), as indexes in BridgeSpec::mqtt_to_kafka. Empty: a
  /// stale subscription, no route wants it, unless redundant(). Valid until the next call.
  std::span<const std::uint32_t> match(const mqtt::PublishView& publish);

  /// Whether the last message was a further copy: a route wants it, but another copy of it counts.
  [[nodiscard]] bool redundant() const { return redundant_; }

 private:
  struct Subscription {
    std::uint32_t id = 0;
    bool granted = false;
    std::string filter;
    std::vector<FedRoute> routes;
  };

  RouteMatcher() = default;
  [[nodiscard]] const Subscription* find(std::uint32_t id) const;
  [[nodiscard]] bool left_to_lower(const FedRoute& fed, std::string_view topic) const;
  std::span<const std::uint32_t> match_by_topic(std::string_view topic);

  std::vector<Subscription> subscriptions_;  ///< in the plan's order
  std::vector<std::uint32_t> by_id_;         ///< indexes in subscriptions_, ascending by identifier
  mqtt::FilterMatcher filters_;              ///< to routes
  mqtt::FilterMatcher::Matches matches_;
  std::vector<std::uint32_t> routes_;
  bool redundant_ = false;
};

}  // namespace mkb::dataplane
