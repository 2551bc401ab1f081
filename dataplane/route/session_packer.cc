#include "dataplane/route/session_packer.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "dataplane/route/stable_hash.h"
#include "mqtt/topic_filter.h"

namespace mkb::dataplane {
namespace {

/// A filter and the routes that name it.
struct Wanted {
  std::string filter;
  std::uint8_t qos = 0;
  std::vector<std::uint32_t> routes;
};

/// Every filter once, ascending, of the routes that `selected` accepts.
template <class Selected>
std::vector<Wanted> collect(const api::BridgeSpec& spec, const Selected& selected) {
  std::map<std::string_view, Wanted> by_filter;
  for (std::uint32_t index = 0; index < spec.mqtt_to_kafka.size(); ++index) {
    const api::MqttToKafkaRoute& route = spec.mqtt_to_kafka[index];
    if (!selected(route)) {
      continue;
    }
    for (const std::string& filter : route.filters) {
      Wanted& wanted = by_filter[filter];
      wanted.filter = filter;
      wanted.qos = std::max(wanted.qos, route.qos);
      if (wanted.routes.empty() || wanted.routes.back() != index) {
        wanted.routes.push_back(index);
      }
    }
  }
  std::vector<Wanted> all;
  all.reserve(by_filter.size());
  for (auto& [filter, wanted] : by_filter) {
    all.push_back(std::move(wanted));
  }
  return all;
}

/// Sets of filters connected by overlaps; find() gives the smallest index of a set.
class OverlapGroups {
 public:
  explicit OverlapGroups(const std::vector<Wanted>& filters) : parents_(filters.size()) {
    std::iota(parents_.begin(), parents_.end(), std::size_t{0});
    for (std::size_t a = 0; a < filters.size(); ++a) {
      for (std::size_t b = a + 1; b < filters.size(); ++b) {
        if (find(a) != find(b) && mqtt::overlaps(filters[a].filter, filters[b].filter)) {
          const std::size_t root_a = find(a);
          const std::size_t root_b = find(b);
          parents_[std::max(root_a, root_b)] = std::min(root_a, root_b);
        }
      }
    }
  }
  std::size_t find(std::size_t index) {
    while (parents_[index] != index) {
      parents_[index] = parents_[parents_[index]];
      index = parents_[index];
    }
    return index;
  }

 private:
  std::vector<std::size_t> parents_;
};

std::uint32_t id_for(const api::BridgeSpec& spec, const SessionPlan& session,
                     const PlannedSubscription& subscription) {
  // What a subscription feeds and leaves to others is its meaning, so it is part of its identifier. Neither a
  // filter nor a route's name has a zero byte, and a name does not start with ">".
  std::map<std::string_view, const FedRoute*> by_name;
  for (const FedRoute& fed : subscription.routes) {
    by_name[spec.mqtt_to_kafka[fed.route].name] = &fed;
  }
  std::string text = subscription.filter;
  for (const auto& [name, fed] : by_name) {
    text.append(1, '\0').append(name);
    for (const std::uint32_t lower : fed->lower_overlapping) {
      text.append(1, '\0').append(1, '>').append(session.subscriptions[lower].filter);
    }
  }
  std::uint32_t id = kMinSubscriptionId + static_cast<std::uint32_t>(stable_hash(text) % kMaxSubscriptionId);
  const auto taken = [&session](std::uint32_t wanted) {
    return std::any_of(session.subscriptions.begin(), session.subscriptions.end(),
                       [wanted](const auto& each) { return each.subscription_id == wanted; });
  };
  while (taken(id)) {
    id = id == kMaxSubscriptionId ? kMinSubscriptionId : id + 1;
  }
  return id;
}

/// Fills in what depends on the session's other subscriptions.
void finish(SessionPlan& session, const api::BridgeSpec& spec) {
  std::sort(session.subscriptions.begin(), session.subscriptions.end(),
            [](const auto& a, const auto& b) { return a.filter < b.filter; });
  for (std::size_t index = 0; index < session.subscriptions.size(); ++index) {
    PlannedSubscription& subscription = session.subscriptions[index];
    for (FedRoute& fed : subscription.routes) {
      for (std::uint32_t lower = 0; lower < index; ++lower) {
        const PlannedSubscription& other = session.subscriptions[lower];
        const bool same_route = std::any_of(other.routes.begin(), other.routes.end(),
                                            [&fed](const FedRoute& each) { return each.route == fed.route; });
        if (same_route && mqtt::overlaps(other.filter, subscription.filter)) {
          fed.lower_overlapping.push_back(lower);
        }
      }
    }
  }
  if (spec.mqtt.version == api::MqttVersion::k311) {
    drop_identifiers(session);
    return;
  }
  for (PlannedSubscription& subscription : session.subscriptions) {
    subscription.subscription_id = id_for(spec, session, subscription);
  }
}

PlannedSubscription planned(const Wanted& wanted, const std::string& prefix) {
  PlannedSubscription subscription;
  subscription.subscribe = prefix + wanted.filter;
  subscription.filter = wanted.filter;
  subscription.qos = wanted.qos;
  for (const std::uint32_t route : wanted.routes) {
    subscription.routes.push_back({route, {}});
  }
  return subscription;
}

int shard_of(std::string_view text, int shards) {
  return static_cast<int>(stable_hash(text) % static_cast<std::uint64_t>(shards));
}

std::vector<Wanted> exclusive_filters(const api::BridgeSpec& spec) {
  return collect(spec, [](const auto& route) { return route.sharding == api::Sharding::kExclusive; });
}

std::vector<const api::MqttToKafkaRoute*> shared_routes(const api::BridgeSpec& spec) {
  std::vector<const api::MqttToKafkaRoute*> shared;
  for (const auto& route : spec.mqtt_to_kafka) {
    if (route.sharding == api::Sharding::kShared) {
      shared.push_back(&route);
    }
  }
  std::sort(shared.begin(), shared.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return shared;
}

/// The sessions of a bridge while filters come to them.
class Sessions {
 public:
  explicit Sessions(const api::BridgeSpec& spec)
      : spec_(spec), identity_(spec.mqtt.client_id_prefix + "-" + spec.uid) {}

  void add(int shard, const Wanted& wanted) { at(shard).subscriptions.push_back(planned(wanted, "")); }

  void add_shared(int shard, const api::MqttToKafkaRoute& route) {
    SessionPlan& session = at(shard);
    session.shared = true;
    for (const Wanted& wanted : collect(spec_, [&route](const auto& each) { return &each == &route; })) {
      session.subscriptions.push_back(planned(wanted, "$share/" + identity_ + "-" + route.name + "/"));
    }
  }

  [[nodiscard]] bool has(int shard) const { return by_shard_.count(shard) != 0; }
  [[nodiscard]] std::size_t size() const { return by_shard_.size(); }

  std::vector<SessionPlan> finish() {
    std::vector<SessionPlan> sessions;
    for (auto& [shard, session] : by_shard_) {
      dataplane::finish(session, spec_);
      sessions.push_back(std::move(session));
    }
    return sessions;
  }

 private:
  SessionPlan& at(int shard) {
    SessionPlan& session = by_shard_[shard];
    session.shard = shard;
    session.client_id = identity_ + "-" + std::to_string(shard);
    return session;
  }

  const api::BridgeSpec& spec_;
  std::string identity_;
  std::map<int, SessionPlan> by_shard_;
};

Result<void> check_shard(int shard, const api::BridgeSpec& spec, const std::string& of) {
  if (shard < 0 || shard >= spec.shards) {
    return Error(SessionPackError::kBadRecord, "the record has " + of + " on shard " + std::to_string(shard) +
                                                   ", which spec.shards (" + std::to_string(spec.shards) +
                                                   ") does not have");
  }
  return {};
}

Result<void> add_recorded(Sessions& sessions, const api::BridgeSpec& spec, const api::ShardRecord& record) {
  const auto exclusive = exclusive_filters(spec);
  OverlapGroups groups(exclusive);
  for (std::size_t index = 0; index < exclusive.size(); ++index) {
    const std::string& filter = exclusive[index].filter;
    const auto recorded = record.filters.find(filter);
    if (recorded == record.filters.end()) {
      return Error(SessionPackError::kNotRecorded, "the record has no shard for the filter '" + filter + "'");
    }
    const int shard = recorded->second;
    if (auto checked = check_shard(shard, spec, "the filter '" + filter + "'"); !checked) {
      return checked;
    }
    // The first of a group has been looked up before the others.
    const std::string& first = exclusive[groups.find(index)].filter;
    if (const int others = record.filters.at(first); others != shard) {
      std::string text = "the record has '" + first + "' on shard " + std::to_string(others);
      text.append(" and '").append(filter);
      text.append("', which overlaps it or is connected to it by overlaps, on shard ");
      return Error(SessionPackError::kBadRecord, text + std::to_string(shard));
    }
    sessions.add(shard, exclusive[index]);
  }
  for (const auto* route : shared_routes(spec)) {
    const auto recorded = record.shared.find(route->name);
    if (recorded == record.shared.end() || recorded->second.empty()) {
      return Error(SessionPackError::kNotRecorded,
                   "the record has no shard for the Shared route '" + route->name + "'");
    }
    for (const int shard : recorded->second) {
      if (auto checked = check_shard(shard, spec, "the Shared route '" + route->name + "'"); !checked) {
        return checked;
      }
      if (sessions.has(shard)) {
        return Error(SessionPackError::kBadRecord, "the record has the Shared route '" + route->name +
                                                       "' on shard " + std::to_string(shard) +
                                                       ", which has other filters");
      }
      sessions.add_shared(shard, *route);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<SessionPlan>> pack_sessions(const api::BridgeSpec& spec) {
  Sessions sessions(spec);
  const auto exclusive = exclusive_filters(spec);
  OverlapGroups groups(exclusive);
  for (std::size_t index = 0; index < exclusive.size(); ++index) {
    sessions.add(shard_of(exclusive[groups.find(index)].filter, spec.shards), exclusive[index]);
  }
  for (const auto* route : shared_routes(spec)) {
    if (sessions.size() >= static_cast<std::size_t>(spec.shards)) {
      return Error(SessionPackError::kShardsExhausted,
                   "spec.shards: " + std::to_string(spec.shards) + " shards are too few: the Shared route '" +
                       route->name + "' needs one that has no other filters");
    }
    int shard = shard_of(route->name, spec.shards);
    while (sessions.has(shard)) {
      shard = (shard + 1) % spec.shards;
    }
    sessions.add_shared(shard, *route);
  }
  return sessions.finish();
}

Result<std::vector<SessionPlan>> pack_sessions(const api::BridgeSpec& spec, const api::ShardRecord& record) {
  Sessions sessions(spec);
  if (auto added = add_recorded(sessions, spec, record); !added) {
    return added.error();
  }
  return sessions.finish();
}

void drop_identifiers(SessionPlan& session) {
  for (PlannedSubscription& subscription : session.subscriptions) {
    subscription.subscription_id = 0;
    subscription.subscribed = true;
    for (FedRoute& fed : subscription.routes) {
      fed.lower_overlapping.clear();
    }
  }
  for (PlannedSubscription& covered : session.subscriptions) {
    for (PlannedSubscription& covering : session.subscriptions) {
      if (&covering == &covered || !mqtt::covers(covering.filter, covered.filter)) {
        continue;
      }
      // `#` and `+/#` cover each other: the first of such filters stays.
      if (&covering < &covered || !mqtt::covers(covered.filter, covering.filter)) {
        covered.subscribed = false;
      }
      covering.qos = std::max(covering.qos, covered.qos);
    }
  }
}

}  // namespace mkb::dataplane
