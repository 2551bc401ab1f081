#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/route/route_matcher.h"
#include "dataplane/route/session_packer.h"
#include "mqtt/topic_filter.h"

// Sessions as they are packed and matched as they are built, against every way in which brokers send copies,
// in a small world where filters overlap much: each route gets each of its messages exactly once.

namespace mkb::dataplane {
namespace {

using Ids = std::vector<std::uint32_t>;
/// Deliveries of one message by route.
using Ledger = std::map<std::uint32_t, int>;

/// How a broker sends a message that several subscriptions of a session match.
enum class Copies {
  kOneWithAllIdentifiers,
  kOnePerSubscription,
  kOneWithoutIdentifiers,
  kOnePerSubscriptionWithout
};

class World {
 public:
  explicit World(std::uint32_t seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  bool chance(std::uint32_t one_in) { return below(one_in) == 0; }

  std::string filter() {
    static const std::vector<std::string> kLevels = {"a", "b", "+", "", "$x"};
    if (chance(10)) {
      return "#";
    }
    std::string made = kLevels[below(5)];
    for (auto more = below(3); more > 0; --more) {
      made += "/" + kLevels[below(4)];
    }
    if (chance(5)) {
      made += "/#";
    }
    return made.empty() ? "+" : made;
  }

  api::MqttToKafkaRoute route(std::size_t number) {
    api::MqttToKafkaRoute made;
    made.name = "r" + std::to_string(number);
    for (auto count = 1 + below(4); count > 0; --count) {
      made.filters.push_back(filter());
    }
    made.qos = static_cast<std::uint8_t>(below(3));
    made.sharding = chance(5) ? api::Sharding::kShared : api::Sharding::kExclusive;
    return made;
  }

  api::BridgeSpec bridge(api::MqttVersion version) {
    api::BridgeSpec spec;
    spec.uid = "uid";
    spec.shards = chance(2) ? 8 : 64;
    spec.mqtt.version = version;
    for (auto count = 1 + below(5); count > 0; --count) {
      spec.mqtt_to_kafka.push_back(route(spec.mqtt_to_kafka.size()));
    }
    return spec;
  }

  template <class T>
  void shuffle(std::vector<T>& items) {
    std::shuffle(items.begin(), items.end(), random_);
  }

 private:
  std::mt19937 random_;
};

/// Every topic of one to three levels of a small alphabet, and a few longer ones.
const std::vector<std::string>& topics() {
  static const std::vector<std::string> kTopics = [] {
    std::vector<std::string> all;
    for (const std::string one : {"a", "b", "c", "", "$x"}) {
      if (!one.empty()) {
        all.push_back(one);
      }
      for (const char* rest :
           {"a", "b", "", "a/a", "a/b", "a/", "b/a", "b/b", "b/", "/a", "/b", "/", "a/b/a"}) {
        all.push_back(one + "/" + rest);
      }
    }
    return all;
  }();
  return kTopics;
}

/// A session and what has been granted in it.
struct LiveSession {
  SessionPlan plan;
  RouteMatcher matcher;
  std::vector<bool> granted;

  void grant(std::size_t subscription) {
    granted[subscription] = true;
    matcher.set_granted(subscription, true);
  }
};

LiveSession live(SessionPlan plan) {
  auto matcher = RouteMatcher::build(plan);
  EXPECT_TRUE(matcher.ok());
  std::vector<bool> granted(plan.subscriptions.size(), false);
  return {std::move(plan), std::move(*matcher), std::move(granted)};
}

std::vector<LiveSession> sessions_of(const api::BridgeSpec& spec) {
  auto plans = pack_sessions(spec);
  std::vector<LiveSession> sessions;
  EXPECT_TRUE(plans.ok());
  for (SessionPlan& plan : *plans) {
    sessions.push_back(live(std::move(plan)));
  }
  return sessions;
}

void grant_all(std::vector<LiveSession>& sessions) {
  for (LiveSession& session : sessions) {
    for (std::size_t i = 0; i < session.granted.size(); ++i) {
      if (session.plan.subscriptions[i].subscribed) {
        session.grant(i);
      }
    }
  }
}

/// The granted subscriptions of a session that match a topic.
std::vector<std::size_t> matching(const LiveSession& session, const std::string& topic) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < session.granted.size(); ++i) {
    if (session.granted[i] && mqtt::matches(session.plan.subscriptions[i].filter, topic)) {
      all.push_back(i);
    }
  }
  return all;
}

/// The identifiers of each PUBLISH that the broker sends into a session, in some order.
std::vector<Ids> copies(World& world, const LiveSession& session, const std::string& topic, Copies kind) {
  std::vector<std::size_t> subscriptions = matching(session, topic);
  world.shuffle(subscriptions);
  std::vector<Ids> sent;
  for (const std::size_t each : subscriptions) {
    const bool another =
        sent.empty() || kind == Copies::kOnePerSubscription || kind == Copies::kOnePerSubscriptionWithout;
    if (another) {
      sent.emplace_back();
    }
    if (kind == Copies::kOneWithAllIdentifiers || kind == Copies::kOnePerSubscription) {
      sent.back().push_back(session.plan.subscriptions[each].subscription_id);
    }
  }
  return sent;
}

/// Receives one PUBLISH; true when it was redundant.
bool receive(RouteMatcher& matcher, const std::string& topic, const Ids& ids, Ledger& ledger) {
  mqtt::Properties properties;
  for (const std::uint32_t id : ids) {
    properties.add(mqtt::PropertyId::kSubscriptionIdentifier, id);
  }
  mqtt::PublishView publish;
  publish.topic = topic;
  publish.properties = properties.view();
  std::set<std::uint32_t> distinct;
  for (const std::uint32_t route : matcher.match(publish)) {
    EXPECT_TRUE(distinct.insert(route).second) << "twice in one match: route " << route;
    ++ledger[route];
  }
  EXPECT_FALSE(matcher.redundant() && !distinct.empty());
  return matcher.redundant();
}

/// The routes with a granted filter that matches.
std::set<std::uint32_t> wanted(const std::vector<LiveSession>& sessions, const std::string& topic) {
  std::set<std::uint32_t> routes;
  for (const LiveSession& session : sessions) {
    for (const std::size_t each : matching(session, topic)) {
      for (const FedRoute& fed : session.plan.subscriptions[each].routes) {
        routes.insert(fed.route);
      }
    }
  }
  return routes;
}

std::set<std::uint32_t> wanted(const api::BridgeSpec& spec, const std::string& topic) {
  std::set<std::uint32_t> routes;
  for (std::uint32_t i = 0; i < spec.mqtt_to_kafka.size(); ++i) {
    const auto& filters = spec.mqtt_to_kafka[i].filters;
    if (std::any_of(filters.begin(), filters.end(),
                    [&](const auto& each) { return mqtt::matches(each, topic); })) {
      routes.insert(i);
    }
  }
  return routes;
}

Ledger once_each(const std::set<std::uint32_t>& routes) {
  Ledger ledger;
  for (const std::uint32_t route : routes) {
    ledger[route] = 1;
  }
  return ledger;
}

std::string describe(const api::BridgeSpec& spec, const std::string& topic) {
  std::string text = "topic '" + topic + "'";
  for (const auto& route : spec.mqtt_to_kafka) {
    text += "; " + route.name + ":";
    for (const std::string& filter : route.filters) {
      text += " '" + filter + "'";
    }
  }
  return text;
}

/// True when every route that subscription `index` feeds also has a granted filter before it that matches.
bool left_to_others(const LiveSession& session, std::size_t index, const std::string& topic) {
  const auto& subscriptions = session.plan.subscriptions;
  const auto feeds = [](const PlannedSubscription& subscription, std::uint32_t route) {
    return std::any_of(subscription.routes.begin(), subscription.routes.end(),
                       [route](const FedRoute& each) { return each.route == route; });
  };
  const std::vector<std::size_t> all = matching(session, topic);
  return std::all_of(subscriptions[index].routes.begin(), subscriptions[index].routes.end(),
                     [&](const FedRoute& fed) {
                       return std::any_of(all.begin(), all.end(), [&](std::size_t other) {
                         return subscriptions[other].filter < subscriptions[index].filter &&
                                feeds(subscriptions[other], fed.route);
                       });
                     });
}

TEST(Delivery, IsExactlyOncePerRouteWhateverCopiesTheBrokerSends) {
  World world(20'250'501);
  int redundant = 0;
  int shared_messages = 0;
  for (int round = 0; round < 400; ++round) {
    const api::BridgeSpec spec = world.bridge(api::MqttVersion::k5);
    if (!pack_sessions(spec).ok()) {
      continue;  // too many Shared routes for 8 shards
    }
    auto sessions = sessions_of(spec);
    grant_all(sessions);
    for (const std::string& topic : topics()) {
      ASSERT_EQ(wanted(sessions, topic), wanted(spec, topic)) << describe(spec, topic);
      for (const Copies kind : {Copies::kOneWithAllIdentifiers, Copies::kOnePerSubscription}) {
        Ledger ledger;
        for (LiveSession& session : sessions) {
          for (const Ids& ids : copies(world, session, topic, kind)) {
            const bool was_redundant = receive(session.matcher, topic, ids, ledger);
            redundant += was_redundant ? 1 : 0;
            if (kind == Copies::kOneWithAllIdentifiers) {
              ASSERT_FALSE(was_redundant) << describe(spec, topic);
              shared_messages += ids.size() > 1 ? 1 : 0;
              continue;
            }
            const auto& subscriptions = session.plan.subscriptions;
            const auto sent = std::find_if(subscriptions.begin(), subscriptions.end(),
                                           [&](const auto& each) { return each.subscription_id == ids[0]; });
            ASSERT_EQ(was_redundant,
                      left_to_others(session, static_cast<std::size_t>(sent - subscriptions.begin()), topic))
                << describe(spec, topic);
          }
        }
        ASSERT_EQ(ledger, once_each(wanted(spec, topic))) << describe(spec, topic);
      }
    }
  }
  // The world is small enough to mean something.
  EXPECT_GT(redundant, 1'000);
  EXPECT_GT(shared_messages, 1'000);
}

TEST(Delivery, IsExactlyOnceWhileOnlySomeSubscriptionsAreGranted) {
  World world(20'250'502);
  for (int round = 0; round < 300; ++round) {
    const api::BridgeSpec spec = world.bridge(api::MqttVersion::k5);
    if (!pack_sessions(spec).ok()) {
      continue;
    }
    auto sessions = sessions_of(spec);
    for (LiveSession& session : sessions) {
      for (std::size_t i = 0; i < session.granted.size(); ++i) {
        if (world.chance(2)) {
          session.grant(i);
        }
      }
    }
    for (const std::string& topic : topics()) {
      for (const Copies kind : {Copies::kOneWithAllIdentifiers, Copies::kOnePerSubscription}) {
        Ledger ledger;
        for (LiveSession& session : sessions) {
          for (const Ids& ids : copies(world, session, topic, kind)) {
            receive(session.matcher, topic, ids, ledger);
          }
        }
        ASSERT_EQ(ledger, once_each(wanted(sessions, topic))) << describe(spec, topic);
      }
    }
  }
}

TEST(Delivery, LosesNothingAfterARestartBeforeTheBrokerHasAnswered) {
  World world(20'250'503);
  for (int round = 0; round < 200; ++round) {
    const api::BridgeSpec spec = world.bridge(api::MqttVersion::k5);
    if (!pack_sessions(spec).ok()) {
      continue;
    }
    auto sessions = sessions_of(spec);
    grant_all(sessions);
    for (LiveSession& session : sessions) {
      // The broker goes on with the session; this process knows only what has been answered again, in order.
      session.matcher.forget_granted();
      const auto answered = world.below(static_cast<std::uint32_t>(session.granted.size()) + 1);
      for (std::size_t i = 0; i < answered; ++i) {
        session.matcher.set_granted(i, true);
      }
    }
    for (const std::string& topic : topics()) {
      for (const Copies kind : {Copies::kOneWithAllIdentifiers, Copies::kOnePerSubscription}) {
        Ledger ledger;
        for (LiveSession& session : sessions) {
          for (const Ids& ids : copies(world, session, topic, kind)) {
            receive(session.matcher, topic, ids, ledger);
          }
        }
        for (const std::uint32_t route : wanted(spec, topic)) {
          ASSERT_GE(ledger[route], 1) << describe(spec, topic);
        }
        ASSERT_EQ(ledger.size(), wanted(spec, topic).size()) << describe(spec, topic);
      }
    }
  }
}

/// Whether no two subscriptions of the session match a common topic: what a 3.1.1 resource is held to.
bool disjoint(const SessionPlan& plan) {
  for (const PlannedSubscription& a : plan.subscriptions) {
    for (const PlannedSubscription& b : plan.subscriptions) {
      if (&a < &b && a.subscribed && b.subscribed && mqtt::overlaps(a.filter, b.filter)) {
        return false;
      }
    }
  }
  return true;
}

// Brokers that do not offer identifiers in MQTT 5 as well: the plan is rewritten then.
TEST(Delivery, WithoutIdentifiersIsOnceUnlessFiltersOverlapInPartAndCopiesAreSent) {
  World world(20'250'504);
  int covered = 0;
  int partial = 0;
  for (int round = 0; round < 600; ++round) {
    const bool v5 = world.chance(2);
    const api::BridgeSpec spec = world.bridge(v5 ? api::MqttVersion::k5 : api::MqttVersion::k311);
    auto plans = pack_sessions(spec);
    if (!plans.ok()) {
      continue;
    }
    std::vector<LiveSession> sessions;
    bool every_disjoint = true;
    for (SessionPlan& plan : *plans) {
      drop_identifiers(plan);
      every_disjoint = every_disjoint && disjoint(plan);
      for (const PlannedSubscription& each : plan.subscriptions) {
        covered += each.subscribed ? 0 : 1;
      }
      sessions.push_back(live(std::move(plan)));
    }
    partial += every_disjoint ? 0 : 1;
    grant_all(sessions);
    for (const std::string& topic : topics()) {
      for (const Copies kind : {Copies::kOneWithoutIdentifiers, Copies::kOnePerSubscriptionWithout}) {
        Ledger ledger;
        for (LiveSession& session : sessions) {
          for (const Ids& ids : copies(world, session, topic, kind)) {
            ASSERT_FALSE(receive(session.matcher, topic, ids, ledger));
          }
        }
        if (kind == Copies::kOneWithoutIdentifiers || every_disjoint) {
          ASSERT_EQ(ledger, once_each(wanted(spec, topic))) << describe(spec, topic);
        }
        for (const std::uint32_t route : wanted(spec, topic)) {
          ASSERT_GE(ledger[route], 1) << describe(spec, topic);
        }
        ASSERT_EQ(ledger.size(), wanted(spec, topic).size()) << describe(spec, topic);
      }
    }
  }
  EXPECT_GT(covered, 100);
  EXPECT_GT(partial, 50);
}

/// A resource as it may be after an edit: routes and filters come, go and change places.
api::BridgeSpec edited(World& world, api::BridgeSpec spec) {
  auto& routes = spec.mqtt_to_kafka;
  for (auto edits = 1 + world.below(3); edits > 0; --edits) {
    auto& route = routes[world.below(static_cast<std::uint32_t>(routes.size()))];
    switch (world.below(4)) {
      case 0:
        route.filters.push_back(world.filter());
        break;
      case 1:
        if (route.filters.size() > 1) {
          route.filters.erase(route.filters.begin() +
                              world.below(static_cast<std::uint32_t>(route.filters.size())));
        }
        break;
      case 2:
        routes.insert(routes.begin(), world.route(100 + edits));
        break;
      default:
        world.shuffle(routes);
        break;
    }
  }
  return spec;
}

// A message is queued under the subscriptions of one configuration and delivered to another: a route of both
// that wants its topic in both still gets it.
TEST(Delivery, LosesNothingThatWasQueuedBeforeTheConfigurationChanged) {
  World world(20'250'505);
  int checked = 0;
  for (int round = 0; round < 1'500; ++round) {
    const api::BridgeSpec before = world.bridge(api::MqttVersion::k5);
    const api::BridgeSpec after = edited(world, before);
    if (!pack_sessions(before).ok() || !pack_sessions(after).ok()) {
      continue;
    }
    auto old_sessions = sessions_of(before);
    auto new_sessions = sessions_of(after);
    grant_all(old_sessions);
    grant_all(new_sessions);
    for (const LiveSession& old_session : old_sessions) {
      const auto same = std::find_if(new_sessions.begin(), new_sessions.end(), [&](const LiveSession& each) {
        return each.plan.client_id == old_session.plan.client_id;
      });
      if (same == new_sessions.end()) {
        continue;
      }
      for (const std::string& topic : topics()) {
        std::set<std::string> wanted_before;
        for (const std::size_t each : matching(old_session, topic)) {
          for (const FedRoute& fed : old_session.plan.subscriptions[each].routes) {
            wanted_before.insert(before.mqtt_to_kafka[fed.route].name);
          }
        }
        std::set<std::uint32_t> expected;
        for (const std::size_t each : matching(*same, topic)) {
          for (const FedRoute& fed : same->plan.subscriptions[each].routes) {
            if (wanted_before.count(after.mqtt_to_kafka[fed.route].name) != 0) {
              expected.insert(fed.route);
            }
          }
        }
        for (const Copies kind : {Copies::kOneWithAllIdentifiers, Copies::kOnePerSubscription}) {
          Ledger ledger;
          for (const Ids& ids : copies(world, old_session, topic, kind)) {
            receive(same->matcher, topic, ids, ledger);
          }
          for (const std::uint32_t route : expected) {
            ASSERT_GE(ledger[route], 1)
                << "before: " << describe(before, topic) << "\nafter: " << describe(after, topic)
                << "\nroute " << after.mqtt_to_kafka[route].name;
          }
          checked += static_cast<int>(expected.size());
        }
      }
    }
  }
  EXPECT_GT(checked, 10'000);
}

}  // namespace
}  // namespace mkb::dataplane
