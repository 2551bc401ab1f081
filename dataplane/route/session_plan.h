#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mkb::dataplane {

/// The smallest and largest MQTT 5 Subscription Identifier [MQTT-3.8.2.1.2].
inline constexpr std::uint32_t kMinSubscriptionId = 1;
inline constexpr std::uint32_t kMaxSubscriptionId = 268'435'455;

/// A route that a subscription feeds.
struct FedRoute {
  std::uint32_t route = 0;  ///< index in BridgeSpec::mqtt_to_kafka
  /// The subscriptions of the same session with a lower index that feed the same route and overlap this one,
  /// ascending: a topic that one of them matches is theirs to deliver (see route_matcher.h).
  std::vector<std::uint32_t> lower_overlapping;
};

struct PlannedSubscription {
  std::string subscribe;  ///< as subscribed: `$share/<prefix>-<uid>-<route>/` before the filter when Shared
  std::string filter;     ///< what topics are compared with
  std::uint8_t qos = 0;   ///< the highest of the routes it feeds
  std::uint32_t subscription_id = 0;  ///< unique in the session; 0 for MQTT 3.1.1
  /// False when another subscription of the session covers this one and there are no identifiers to tell
  /// their copies apart: the filter is only matched, not subscribed.
  bool subscribed = true;
  std::vector<FedRoute> routes;  ///< ascending, each once
};

/// One MQTT session: a shard that has filters.
struct SessionPlan {
  int shard = 0;
  std::string client_id;  ///< `<prefix>-<uid>-<shard>`
  bool shared = false;    ///< carries one Shared route
  /// Ascending by filter. Subscribe in this order, so that a subscription is in place before those that
  /// leave topics to it.
  std::vector<PlannedSubscription> subscriptions;
};

}  // namespace mkb::dataplane
