// The subscribing and the timed half of ClientEngine.
#include <algorithm>
#include <utility>

#include "mqtt/client_engine.h"
#include "mqtt/ping.h"
#include "mqtt/subscribe.h"
#include "mqtt/unsubscribe.h"

namespace mkb::mqtt {
namespace {

/// SUBSCRIBEs in flight at once: enough to fill a round trip, few enough for a broker that limits rates.
constexpr std::size_t kSubscribesInFlight = 256;
/// Filters in one SUBSCRIBE where they need no identifier of their own.
constexpr std::size_t kFiltersPerSubscribe = 50;
/// In place of an index: the subscription that a SUBSCRIBE asked for is no longer wanted.
constexpr std::size_t kGone = static_cast<std::size_t>(-1);

}  // namespace

Result<void> ClientEngine::send_subscribes() {
  std::size_t next = 0;
  while (asked_.size() < kSubscribesInFlight) {
    Subscribe packet;
    std::vector<std::size_t> indexes;
    for (; next < subscriptions_.size() && indexes.size() < kFiltersPerSubscribe; ++next) {
      if (subscriptions_[next] != Subscribed::kWanted) {
        continue;
      }
      const SubscriptionRequest& request = options_.subscriptions[next];
      Subscription subscription;
      subscription.filter = request.filter;
      subscription.qos = request.qos;
      if (options_.version == Version::k5) {
        // No Local on a shared subscription is a protocol error [MQTT-3.8.3-4].
        subscription.no_local = !request.filter.starts_with("$share/");
        subscription.retain_as_published = true;
        subscription.retain_handling = RetainHandling::kSendIfNew;
      }
      packet.subscriptions.push_back(std::move(subscription));
      indexes.push_back(next);
      subscriptions_[next] = Subscribed::kAsked;
      if (identifiers_available_ && request.identifier != 0) {
        // A SUBSCRIBE carries one identifier for all its filters, so each filter gets a SUBSCRIBE.
        packet.properties.add(PropertyId::kSubscriptionIdentifier, request.identifier);
        ++next;
        break;
      }
    }
    if (indexes.empty()) {
      break;
    }
    packet.packet_id = take_packet_id();
    if (auto encoded = encode(packet, options_.version, output_); !encoded) {
      return encoded;
    }
    asked_.emplace(packet.packet_id, std::move(indexes));
  }
  if (asked_.empty()) {
    // Only now: a filter that replaces another one must be there before that goes.
    if (auto sent = send_unsubscribes(); !sent) {
      return sent;
    }
  }
  if (ready() && !announced_ready_) {
    announced_ready_ = true;
    events_.on_ready();
  }
  return {};
}

std::uint16_t ClientEngine::take_packet_id() {
  const std::uint16_t id = next_packet_id_;
  next_packet_id_ = id == 0xffff ? std::uint16_t{1} : std::uint16_t(id + 1);
  return id;
}

Result<void> ClientEngine::send_unsubscribes() {
  for (std::size_t next = 0; next < leaving_.size();) {
    Unsubscribe packet;
    packet.packet_id = take_packet_id();
    for (; next < leaving_.size() && packet.filters.size() < kFiltersPerSubscribe; ++next) {
      if (leaving_[next].packet_id == 0) {
        leaving_[next].packet_id = packet.packet_id;
        packet.filters.push_back(leaving_[next].filter);
      }
    }
    if (packet.filters.empty()) {
      break;
    }
    if (auto encoded = encode(packet, options_.version, output_); !encoded) {
      return encoded;
    }
  }
  return {};
}

Result<void> ClientEngine::handle_unsuback(const Frame& frame) {
  auto unsuback = decode_unsuback(frame, options_.version);
  if (!unsuback) {
    return unsuback.error();
  }
  // A filter that the broker does not let go goes on sending, which is no harm but traffic.
  const auto answered = [&unsuback](const Leaving& each) { return each.packet_id == unsuback->packet_id; };
  leaving_.erase(std::remove_if(leaving_.begin(), leaving_.end(), answered), leaving_.end());
  return {};
}

Result<void> ClientEngine::resubscribe(std::vector<SubscriptionRequest> wanted) {
  std::vector<SubscriptionRequest> before = std::exchange(options_.subscriptions, std::move(wanted));
  std::map<std::string_view, std::size_t> places;
  for (std::size_t index = 0; index < options_.subscriptions.size(); ++index) {
    places.emplace(options_.subscriptions[index].filter, index);
  }
  const auto is_wanted = [&places](const Leaving& each) { return places.count(each.filter) != 0; };
  leaving_.erase(std::remove_if(leaving_.begin(), leaving_.end(), is_wanted), leaving_.end());

  std::vector<Subscribed> states(options_.subscriptions.size(), Subscribed::kWanted);
  std::vector<std::size_t> moved(before.size(), kGone);
  for (std::size_t index = 0; index < before.size(); ++index) {
    const auto place = places.find(before[index].filter);
    if (place == places.end()) {
      leaving_.push_back({std::move(before[index].filter), 0});
    } else if (options_.subscriptions[place->second] == before[index]) {
      moved[index] = place->second;
      states[place->second] = subscriptions_[index];
    }
  }
  for (auto& [packet_id, indexes] : asked_) {
    for (std::size_t& index : indexes) {
      index = index == kGone ? kGone : moved[index];
    }
  }
  subscriptions_ = std::move(states);
  granted_count_ = static_cast<std::size_t>(
      std::count(subscriptions_.begin(), subscriptions_.end(), Subscribed::kGranted));
  if (state_ != State::kConnected) {
    return {};
  }
  announced_ready_ = announced_ready_ && ready();
  return send_subscribes();
}

Result<void> ClientEngine::handle_suback(const Frame& frame) {
  auto suback = decode_suback(frame, options_.version);
  if (!suback) {
    return suback.error();
  }
  const auto position = asked_.find(suback->packet_id);
  if (position == asked_.end() || position->second.size() != suback->reasons.size()) {
    return Error(EngineError::kProtocol, "a SUBACK for packet identifier " +
                                             std::to_string(suback->packet_id) + " with " +
                                             std::to_string(suback->reasons.size()) +
                                             " reason codes answers no SUBSCRIBE of this client");
  }
  const std::vector<std::size_t> indexes = std::move(position->second);
  asked_.erase(position);
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    if (indexes[i] == kGone) {
      continue;
    }
    const ReasonCode reason = suback->reasons[i];
    const bool granted =
        !is_failure(reason) && static_cast<std::uint8_t>(reason) >= options_.subscriptions[indexes[i]].qos;
    subscriptions_[indexes[i]] = granted ? Subscribed::kGranted : Subscribed::kRefused;
    granted_count_ += granted ? 1 : 0;
    if (!granted) {
      subscribe_retry_ = TimePoint::max();  // tick() turns it into a time
    }
    events_.on_subscription(indexes[i], reason, granted);
  }
  return send_subscribes();
}

Result<void> ClientEngine::tick(TimePoint now) {
  if (state_ == State::kConnecting && now - opened_ >= options_.response_timeout) {
    return refuse(Error(EngineError::kTimeout, "the broker did not answer CONNECT in time"));
  }
  if (state_ != State::kConnected) {
    return {};
  }
  if (subscribe_retry_ == TimePoint::max()) {
    subscribe_retry_ = now + options_.subscribe_retry;
  } else if (subscribe_retry_ && now >= *subscribe_retry_) {
    subscribe_retry_.reset();
    std::replace(subscriptions_.begin(), subscriptions_.end(), Subscribed::kRefused, Subscribed::kWanted);
    if (auto sent = send_subscribes(); !sent) {
      return sent;
    }
  }
  if (ping_deadline_ && stalled()) {
    ping_deadline_ = now + options_.response_timeout;  // a PINGRESP may wait in the unread socket
  }
  if (ping_deadline_ && now >= *ping_deadline_) {
    return refuse(Error(EngineError::kTimeout, "the broker did not answer PINGREQ in time"));
  }
  if (keep_alive_ != Duration::zero() && now - last_sent_ >= keep_alive_) {
    append_pingreq(output_);
    last_sent_ = now;
    if (!ping_deadline_) {
      ping_deadline_ = now + options_.response_timeout;
    }
  }
  return {};
}

}  // namespace mkb::mqtt
