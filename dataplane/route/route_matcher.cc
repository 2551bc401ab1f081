#include "dataplane/route/route_matcher.h"

#include <algorithm>

#include "mqtt/topic_filter.h"

namespace mkb::dataplane {

Result<RouteMatcher> RouteMatcher::build(const SessionPlan& session) {
  RouteMatcher matcher;
  std::vector<mqtt::FilterMatcher::Entry> entries;
  for (const PlannedSubscription& planned : session.subscriptions) {
    if (planned.subscription_id != 0) {
      matcher.by_id_.push_back(static_cast<std::uint32_t>(matcher.subscriptions_.size()));
    }
    matcher.subscriptions_.push_back({planned.subscription_id, false, planned.filter, planned.routes});
    for (const FedRoute& fed : planned.routes) {
      entries.push_back({planned.filter, fed.route});
    }
  }
  std::sort(matcher.by_id_.begin(), matcher.by_id_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return matcher.subscriptions_[a].id < matcher.subscriptions_[b].id;
  });
  auto filters = mqtt::FilterMatcher::build(entries);
  if (!filters) {
    return filters.error();
  }
  matcher.filters_ = std::move(filters).value();
  return matcher;
}

void RouteMatcher::set_granted(std::size_t subscription, bool granted) {
  subscriptions_[subscription].granted = granted;
}

void RouteMatcher::adopt_granted(const RouteMatcher& before) {
  for (Subscription& subscription : subscriptions_) {
    const Subscription* same = subscription.id == 0 ? nullptr : before.find(subscription.id);
    if (same != nullptr && same->filter == subscription.filter) {
      subscription.granted = same->granted;
    }
  }
}

void RouteMatcher::forget_granted() {
  for (Subscription& subscription : subscriptions_) {
    subscription.granted = false;
  }
}

std::span<const std::uint32_t> RouteMatcher::match(const mqtt::PublishView& publish) {
  routes_.clear();
  redundant_ = false;
  bool identified = false;
  if (!publish.properties.empty()) {
    for (const mqtt::Property& property : publish.properties) {
      if (property.id != mqtt::PropertyId::kSubscriptionIdentifier) {
        continue;
      }
      identified = true;
      const Subscription* subscription = find(property.integer);
      if (subscription == nullptr || !mqtt::matches(subscription->filter, publish.topic)) {
        return match_by_topic(publish.topic);
      }
      for (const FedRoute& fed : subscription->routes) {
        const bool chosen = std::find(routes_.begin(), routes_.end(), fed.route) != routes_.end();
        if (!chosen && !left_to_lower(fed, publish.topic)) {
          routes_.push_back(fed.route);
        }
      }
    }
  }
  if (!identified) {
    return match_by_topic(publish.topic);
  }
  redundant_ = routes_.empty();
  return routes_;
}

const RouteMatcher::Subscription* RouteMatcher::find(std::uint32_t id) const {
  const auto found = std::lower_bound(
      by_id_.begin(), by_id_.end(), id,
      [&](std::uint32_t index, std::uint32_t wanted) { return subscriptions_[index].id < wanted; });
  return found != by_id_.end() && subscriptions_[*found].id == id ? &subscriptions_[*found] : nullptr;
}

bool RouteMatcher::left_to_lower(const FedRoute& fed, std::string_view topic) const {
  return std::any_of(fed.lower_overlapping.begin(), fed.lower_overlapping.end(), [&](std::uint32_t index) {
    const Subscription& lower = subscriptions_[index];
    return lower.granted && mqtt::matches(lower.filter, topic);
  });
}

std::span<const std::uint32_t> RouteMatcher::match_by_topic(std::string_view topic) {
  filters_.match(topic, matches_);
  return matches_.values();
}

}  // namespace mkb::dataplane
