#include "dataplane/route/route_matcher.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "mqtt/topic_filter.h"

namespace mkb::dataplane {

Result<RouteMatcher> RouteMatcher::build(const SessionPlan& session) {
  RouteMatcher matcher;
  std::vector<mqtt::FilterMatcher::Entry> entries;
  for (const PlannedSubscription& planned : session.subscriptions) {
    Subscription& subscription = matcher.subscriptions_.emplace_back();
    subscription.id = planned.subscription_id;
    subscription.filter = planned.filter;
    for (const FedRoute& fed : planned.routes) {
      subscription.routes.push_back({fed.route, fed.lower_overlapping});
      entries.push_back({planned.filter, fed.route});
    }
  }
  auto filters = mqtt::FilterMatcher::build(entries);
  if (!filters) {
    return filters.error();
  }
  matcher.filters_ = std::move(*filters);
  matcher.by_id_.resize(matcher.subscriptions_.size());
  std::iota(matcher.by_id_.begin(), matcher.by_id_.end(), 0U);
  std::sort(matcher.by_id_.begin(), matcher.by_id_.end(), [&matcher](std::uint32_t a, std::uint32_t b) {
    return matcher.subscriptions_[a].id < matcher.subscriptions_[b].id;
  });
  return matcher;
}

void RouteMatcher::set_granted(std::size_t subscription, bool granted) {
  subscriptions_[subscription].granted = granted;
}

std::span<const std::uint32_t> RouteMatcher::match(const mqtt::PublishView& publish) {
  routes_.clear();
  redundant_ = false;
  bool identified = false;
  for (const mqtt::Property& property : publish.properties) {
    if (property.id != mqtt::PropertyId::kSubscriptionIdentifier) {
      continue;
    }
    const Subscription* subscription = find(property.integer);
    if (subscription == nullptr || !mqtt::matches(subscription->filter, publish.topic)) {
      return match_by_topic(publish.topic);
    }
    identified = true;
    for (const Fed& fed : subscription->routes) {
      if (!left_to_lower(fed, publish.topic) &&
          std::find(routes_.begin(), routes_.end(), fed.route) == routes_.end()) {
        routes_.push_back(fed.route);
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
  const auto position = std::lower_bound(
      by_id_.begin(), by_id_.end(), id,
      [this](std::uint32_t index, std::uint32_t wanted) { return subscriptions_[index].id < wanted; });
  return position != by_id_.end() && subscriptions_[*position].id == id ? &subscriptions_[*position]
                                                                        : nullptr;
}

bool RouteMatcher::left_to_lower(const Fed& fed, std::string_view topic) const {
  return std::any_of(fed.lower_overlapping.begin(), fed.lower_overlapping.end(),
                     [this, topic](std::uint32_t lower) {
                       const Subscription& other = subscriptions_[lower];
                       return other.granted && mqtt::matches(other.filter, topic);
                     });
}

std::span<const std::uint32_t> RouteMatcher::match_by_topic(std::string_view topic) {
  filters_.match(topic, matches_);
  return matches_.values();
}

}  // namespace mkb::dataplane
