#include "dataplane/route/session_packer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mqtt/topic_filter.h"

namespace mkb::dataplane {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Filters = std::vector<std::string>;

api::MqttToKafkaRoute route(const std::string& name, Filters filters, std::uint8_t qos = 1) {
  api::MqttToKafkaRoute made;
  made.name = name;
  made.filters = std::move(filters);
  made.qos = qos;
  return made;
}

api::MqttToKafkaRoute shared_route(const std::string& name, Filters filters) {
  api::MqttToKafkaRoute made = route(name, std::move(filters));
  made.sharding = api::Sharding::kShared;
  return made;
}

api::BridgeSpec bridge(std::vector<api::MqttToKafkaRoute> routes) {
  api::BridgeSpec spec;
  spec.uid = "uid";
  spec.mqtt_to_kafka = std::move(routes);
  return spec;
}

std::vector<SessionPlan> pack(const api::BridgeSpec& spec) {
  auto sessions = pack_sessions(spec);
  EXPECT_TRUE(sessions.ok());
  return sessions.ok() ? std::move(*sessions) : std::vector<SessionPlan>();
}

Filters filters_of(const SessionPlan& session) {
  Filters all;
  for (const PlannedSubscription& subscription : session.subscriptions) {
    all.push_back(subscription.filter);
  }
  return all;
}

std::map<std::string, int> shards_by_filter(const std::vector<SessionPlan>& sessions) {
  std::map<std::string, int> shards;
  for (const SessionPlan& session : sessions) {
    for (const PlannedSubscription& subscription : session.subscriptions) {
      shards[subscription.subscribe] = session.shard;
    }
  }
  return shards;
}

std::map<std::string, std::uint32_t> identifiers(const std::vector<SessionPlan>& sessions) {
  std::map<std::string, std::uint32_t> ids;
  for (const SessionPlan& session : sessions) {
    for (const PlannedSubscription& subscription : session.subscriptions) {
      ids[subscription.subscribe] = subscription.subscription_id;
    }
  }
  return ids;
}

std::vector<std::uint32_t> routes_of(const PlannedSubscription& subscription) {
  std::vector<std::uint32_t> routes;
  for (const FedRoute& fed : subscription.routes) {
    routes.push_back(fed.route);
  }
  return routes;
}

TEST(PackSessions, MakesNoneWithoutRoutes) {
  EXPECT_TRUE(pack(bridge({})).empty());
}

TEST(PackSessions, DescribesOneFilter) {
  const auto sessions = pack(bridge({route("telemetry", {"vehicles/+/telemetry"}, 2)}));
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions[0].client_id, "mkb-uid-32");
  EXPECT_EQ(sessions[0].shard, 32);
  EXPECT_FALSE(sessions[0].shared);
  ASSERT_EQ(sessions[0].subscriptions.size(), 1u);
  const PlannedSubscription& only = sessions[0].subscriptions[0];
  EXPECT_EQ(only.subscribe, "vehicles/+/telemetry");
  EXPECT_EQ(only.filter, "vehicles/+/telemetry");
  EXPECT_EQ(only.qos, 2);
  EXPECT_TRUE(only.subscribed);
  EXPECT_THAT(routes_of(only), ElementsAre(0));
  EXPECT_TRUE(only.routes[0].lower_overlapping.empty());
}

// Persistent sessions and messages queued in them are found again by these numbers only; computed with an
// independent implementation.
TEST(PackSessions, NumbersNeverChangeFromReleaseToRelease) {
  const auto sessions = pack(bridge({route("plant", {"plant/#"}), route("one", {"plant/1/#", "plant/#"}),
                                     route("a", {"a"}), route("b", {"b"})}));
  EXPECT_EQ(shards_by_filter(sessions),
            (std::map<std::string, int>{{"a", 27}, {"b", 16}, {"plant/#", 40}, {"plant/1/#", 40}}));
  EXPECT_EQ(identifiers(sessions),
            (std::map<std::string, std::uint32_t>{
                {"a", 215252621}, {"b", 75284911}, {"plant/#", 153109219}, {"plant/1/#", 139124557}}));
}

TEST(PackSessions, SubscribesAFilterOfSeveralRoutesOnceAtTheirHighestQos) {
  const auto sessions =
      pack(bridge({route("zero", {"a", "a"}, 0), route("two", {"a"}, 2), route("one", {"a"}, 1)}));
  ASSERT_EQ(sessions.size(), 1u);
  ASSERT_EQ(sessions[0].subscriptions.size(), 1u);
  EXPECT_EQ(sessions[0].subscriptions[0].qos, 2);
  EXPECT_THAT(routes_of(sessions[0].subscriptions[0]), ElementsAre(0, 1, 2));
}

TEST(PackSessions, KeepsOverlappingFiltersTogetherAlsoThroughOthers) {
  // a/1 and b/1 do not overlap, but +/1 overlaps both.
  const auto sessions = pack(bridge({route("x", {"b/1", "a/1"}), route("y", {"+/1"}), route("z", {"c/2"})}));
  ASSERT_EQ(sessions.size(), 2u);
  const auto shards = shards_by_filter(sessions);
  EXPECT_EQ(shards.at("a/1"), shards.at("b/1"));
  EXPECT_EQ(shards.at("a/1"), shards.at("+/1"));
  EXPECT_NE(shards.at("a/1"), shards.at("c/2"));
  const SessionPlan& three = sessions[sessions[0].subscriptions.size() == 3 ? 0 : 1];
  EXPECT_THAT(filters_of(three), ElementsAre("+/1", "a/1", "b/1"));
}

TEST(PackSessions, LeavesTopicsToLowerFiltersOfTheSameRouteOnly) {
  const auto sessions = pack(bridge({route("x", {"#", "a/+", "a/b", "c"}), route("y", {"a/b", "+/b"})}));
  ASSERT_EQ(sessions.size(), 1u);
  const auto& planned = sessions[0].subscriptions;
  ASSERT_THAT(filters_of(sessions[0]), ElementsAre("#", "+/b", "a/+", "a/b", "c"));
  EXPECT_TRUE(planned[0].routes[0].lower_overlapping.empty());
  EXPECT_THAT(routes_of(planned[1]), ElementsAre(1));
  EXPECT_TRUE(planned[1].routes[0].lower_overlapping.empty());
  EXPECT_THAT(planned[2].routes[0].lower_overlapping, ElementsAre(0));
  ASSERT_THAT(routes_of(planned[3]), ElementsAre(0, 1));
  EXPECT_THAT(planned[3].routes[0].lower_overlapping, ElementsAre(0, 2));
  EXPECT_THAT(planned[3].routes[1].lower_overlapping, ElementsAre(1));
  EXPECT_THAT(planned[4].routes[0].lower_overlapping, ElementsAre(0));
}

TEST(PackSessions, TheOrderOfRoutesAndFiltersDecidesNothing) {
  const auto one =
      pack(bridge({route("x", {"a/+", "a/b"}), route("y", {"c", "a/b"}), shared_route("s", {"h"})}));
  const auto two =
      pack(bridge({shared_route("s", {"h"}), route("y", {"a/b", "c"}), route("x", {"a/b", "a/+"})}));
  EXPECT_EQ(shards_by_filter(one), shards_by_filter(two));
  EXPECT_EQ(identifiers(one), identifiers(two));
}

TEST(PackSessions, GroupsThatComeAndGoMoveNoOther) {
  std::vector<api::MqttToKafkaRoute> routes;
  routes.reserve(40);
  for (int i = 0; i < 40; ++i) {
    routes.push_back(route("r" + std::to_string(i), {"plant/" + std::to_string(i) + "/#"}));
  }
  const auto all = pack(bridge(routes));
  for (std::size_t gone = 0; gone < routes.size(); ++gone) {
    auto fewer = routes;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(gone));
    auto expected_shards = shards_by_filter(all);
    auto expected_ids = identifiers(all);
    expected_shards.erase(routes[gone].filters[0]);
    expected_ids.erase(routes[gone].filters[0]);
    const auto left = pack(bridge(fewer));
    EXPECT_EQ(shards_by_filter(left), expected_shards);
    EXPECT_EQ(identifiers(left), expected_ids);
  }
}

TEST(PackSessions, AnIdentifierChangesWithWhatItsSubscriptionMeans) {
  const auto id_of = [](std::vector<api::MqttToKafkaRoute> routes, const std::string& filter) {
    return identifiers(pack(bridge(std::move(routes)))).at(filter);
  };
  const std::uint32_t alone = id_of({route("x", {"a/b"})}, "a/b");
  // Topics of the other route's filter are not left to it.
  EXPECT_EQ(id_of({route("w", {"a/+"}), route("x", {"a/b"})}, "a/b"), alone);
  // It now leaves everything to another filter.
  EXPECT_NE(id_of({route("x", {"a/+", "a/b"})}, "a/b"), alone);
  EXPECT_NE(id_of({route("x", {"a/+", "a/b"})}, "a/b"), id_of({route("x", {"#", "a/b"})}, "a/b"));
  // It feeds others: a message queued before is not for `y`, and may be for `x` by another filter now.
  EXPECT_NE(id_of({route("y", {"a/b"})}, "a/b"), alone);
  EXPECT_NE(id_of({route("x", {"a/b"}), route("y", {"a/b"})}, "a/b"), alone);
  // Qos is not part of it.
  EXPECT_EQ(id_of({route("x", {"a/b"}, 2)}, "a/b"), alone);
}

TEST(PackSessions, IdentifiersAreUniqueInASessionAndInRange) {
  Filters filters = {"f/#"};
  for (int i = 0; i < 2'000; ++i) {
    filters.push_back("f/" + std::to_string(i));
  }
  const auto sessions = pack(bridge({route("x", filters)}));
  ASSERT_EQ(sessions.size(), 1u);
  std::set<std::uint32_t> ids;
  for (const PlannedSubscription& subscription : sessions[0].subscriptions) {
    EXPECT_GE(subscription.subscription_id, kMinSubscriptionId);
    EXPECT_LE(subscription.subscription_id, kMaxSubscriptionId);
    ids.insert(subscription.subscription_id);
  }
  EXPECT_EQ(ids.size(), 2'001u);
}

TEST(PackSessions, AnIdentifierThatIsTakenGivesWayToTheNext) {
  // These two have the same hash modulo the number of identifiers.
  api::BridgeSpec spec = bridge({route("x", {"f/6899", "f/9153"})});
  spec.shards = 1;
  EXPECT_EQ(identifiers(pack(spec)),
            (std::map<std::string, std::uint32_t>{{"f/6899", 223'342'377}, {"f/9153", 223'342'378}}));
  spec.mqtt_to_kafka = {route("x", {"f/9153"})};
  EXPECT_EQ(identifiers(pack(spec)).at("f/9153"), 223'342'377u);
}

TEST(PackSessions, GivesEachSharedRouteASessionOfItsOwn) {
  const auto sessions =
      pack(bridge({shared_route("hot", {"h/#", "h/1"}), route("x", {"h/2"}), shared_route("hot2", {"h/#"})}));
  ASSERT_EQ(sessions.size(), 3u);
  std::map<std::string, const SessionPlan*> by_filter;
  for (const SessionPlan& session : sessions) {
    by_filter[session.subscriptions[0].subscribe] = &session;
  }
  const SessionPlan& hot = *by_filter.at("$share/mkb-uid-hot/h/#");
  EXPECT_TRUE(hot.shared);
  EXPECT_EQ(hot.shard, 24);
  EXPECT_EQ(hot.client_id, "mkb-uid-24");
  ASSERT_THAT(filters_of(hot), ElementsAre("h/#", "h/1"));
  EXPECT_EQ(hot.subscriptions[1].subscribe, "$share/mkb-uid-hot/h/1");
  EXPECT_THAT(hot.subscriptions[1].routes[0].lower_overlapping, ElementsAre(0));
  EXPECT_TRUE(by_filter.at("$share/mkb-uid-hot2/h/#")->shared);
  EXPECT_EQ(by_filter.at("$share/mkb-uid-hot2/h/#")->shard, 10);
  EXPECT_FALSE(by_filter.at("h/2")->shared);
}

TEST(PackSessions, SharedRoutesGoOnToTheNextFreeShard) {
  // Of 4 shards "a" and "f" have the hash 3, "z" 1, and the Shared route "c" 2, "d" 2, "e" 0.
  api::BridgeSpec spec = bridge({route("x", {"a", "z"}), shared_route("d", {"q"}), shared_route("c", {"p"})});
  spec.shards = 4;
  EXPECT_EQ(
      shards_by_filter(pack(spec)),
      (std::map<std::string, int>{{"a", 3}, {"z", 1}, {"$share/mkb-uid-c/p", 2}, {"$share/mkb-uid-d/q", 0}}));
}

TEST(PackSessions, SaysWhenSharedRoutesFindNoShard) {
  api::BridgeSpec spec = bridge(
      {route("x", {"a", "f"}), shared_route("c", {"p"}), shared_route("d", {"q"}), shared_route("e", {"r"})});
  spec.shards = 4;
  EXPECT_EQ(pack(spec).size(), 4u);
  spec.shards = 3;
  const auto sessions = pack_sessions(spec);
  ASSERT_FALSE(sessions.ok());
  EXPECT_TRUE(sessions.error().is(SessionPackError::kShardsExhausted));
  EXPECT_THAT(sessions.error().message(), HasSubstr("spec.shards: 3 shards are too few"));
  EXPECT_THAT(sessions.error().message(), HasSubstr("'d'"));
}

TEST(PackSessions, OneShardHoldsEveryExclusiveFilter) {
  api::BridgeSpec spec = bridge({route("x", {"a", "b"}), route("y", {"c/#", "d"})});
  spec.shards = 1;
  const auto sessions = pack(spec);
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions[0].client_id, "mkb-uid-0");
  EXPECT_THAT(filters_of(sessions[0]), ElementsAre("a", "b", "c/#", "d"));
}

TEST(PackSessions, ClientIdsCarryPrefixUidAndShard) {
  api::BridgeSpec spec = bridge({route("x", {"a"}), shared_route("hot", {"b"})});
  spec.mqtt.client_id_prefix = "fleet";
  spec.uid = "1234-5678";
  const auto sessions = pack(spec);
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_EQ(sessions[0].client_id, "fleet-1234-5678-24");
  EXPECT_EQ(sessions[0].subscriptions[0].subscribe, "$share/fleet-1234-5678-hot/b");
  EXPECT_EQ(sessions[1].client_id, "fleet-1234-5678-27");
}

class DropIdentifiersTest : public testing::Test {
 protected:
  static SessionPlan only_session(std::vector<api::MqttToKafkaRoute> routes) {
    api::BridgeSpec spec = bridge(std::move(routes));
    spec.mqtt.version = api::MqttVersion::k311;
    auto sessions = pack(spec);
    EXPECT_EQ(sessions.size(), 1u);
    return sessions.empty() ? SessionPlan() : sessions[0];
  }

  static Filters subscribed(const SessionPlan& session) {
    Filters all;
    for (const PlannedSubscription& subscription : session.subscriptions) {
      if (subscription.subscribed) {
        all.push_back(subscription.subscribe);
      }
    }
    return all;
  }
};

TEST_F(DropIdentifiersTest, LeavesNoIdentifierAndNoRuleThatNeedsOne) {
  const SessionPlan session = only_session({route("x", {"a/+", "a/b", "+/b"})});
  ASSERT_EQ(session.subscriptions.size(), 3u);
  for (const PlannedSubscription& subscription : session.subscriptions) {
    EXPECT_EQ(subscription.subscription_id, 0u);
    EXPECT_TRUE(subscription.routes[0].lower_overlapping.empty());
  }
}

TEST_F(DropIdentifiersTest, SubscribesOnlyWhatNoOtherFilterCovers) {
  const SessionPlan session =
      only_session({route("x", {"a/b", "a/#"}, 1), route("y", {"a/+", "a/b/c"}, 2), route("z", {"a"}, 0)});
  EXPECT_THAT(subscribed(session), ElementsAre("a/#"));
  EXPECT_THAT(filters_of(session), ElementsAre("a", "a/#", "a/+", "a/b", "a/b/c"));
  EXPECT_EQ(session.subscriptions[1].qos, 2);
}

TEST_F(DropIdentifiersTest, TakesTheQosOfCoveredFiltersOnly) {
  const SessionPlan session =
      only_session({route("x", {"+/1"}, 0), route("y", {"a/1"}, 1), route("z", {"a/+"}, 2)});
  EXPECT_THAT(subscribed(session), ElementsAre("+/1", "a/+"));
  EXPECT_EQ(session.subscriptions[0].qos, 1);
  EXPECT_EQ(session.subscriptions[1].qos, 2);
}

TEST_F(DropIdentifiersTest, KeepsOneOfFiltersThatMeanTheSame) {
  const SessionPlan roots = only_session({route("x", {"#"}, 0), route("y", {"+/#", "a"}, 2)});
  EXPECT_THAT(subscribed(roots), ElementsAre("#"));
  EXPECT_EQ(roots.subscriptions[0].qos, 2);
  const SessionPlan slashes = only_session({route("x", {"/#", "/+/#"})});
  EXPECT_THAT(subscribed(slashes), ElementsAre("/#"));
}

TEST_F(DropIdentifiersTest, DollarTopicsAreNotCoveredByWildcards) {
  api::BridgeSpec spec = bridge({route("x", {"#", "$SYS/#", "$SYS/a"})});
  spec.mqtt.version = api::MqttVersion::k311;
  Filters all;
  for (const SessionPlan& session : pack(spec)) {
    for (const std::string& filter : subscribed(session)) {
      all.push_back(filter);
    }
  }
  EXPECT_THAT(all, testing::UnorderedElementsAre("#", "$SYS/#"));
}

TEST_F(DropIdentifiersTest, KeepsTheShareNameOfASharedRoute) {
  api::BridgeSpec spec = bridge({shared_route("hot", {"h/+", "h/1"})});
  auto sessions = pack(spec);
  ASSERT_EQ(sessions.size(), 1u);
  drop_identifiers(sessions[0]);
  EXPECT_THAT(subscribed(sessions[0]), ElementsAre("$share/mkb-uid-hot/h/+"));
}

TEST_F(DropIdentifiersTest, IsIdempotent) {
  SessionPlan session = only_session({route("x", {"a/b", "a/#", "+/b"}, 1)});
  const Filters before = subscribed(session);
  drop_identifiers(session);
  EXPECT_EQ(subscribed(session), before);
}

std::string random_filter(std::mt19937& random) {
  static const std::vector<std::string> kLevels = {"a", "b", "+", "", "$x"};
  std::string filter = kLevels[random() % kLevels.size()];
  for (auto more = random() % 3; more > 0; --more) {
    filter += "/" + kLevels[random() % 4];
  }
  const auto kind = random() % 8;
  return kind == 0 ? "#" : kind == 1 ? filter + "/#" : filter.empty() ? "a" : filter;
}

TEST(PackSessions, HoldsItsPromisesForRandomRoutes) {
  std::mt19937 random(311'005);
  for (int round = 0; round < 600; ++round) {
    std::vector<api::MqttToKafkaRoute> routes;
    for (auto count = 1 + random() % 5; count > 0; --count) {
      Filters filters;
      for (auto each = 1 + random() % 4; each > 0; --each) {
        filters.push_back(random_filter(random));
      }
      routes.push_back(
          route("r" + std::to_string(routes.size()), filters, static_cast<std::uint8_t>(random() % 3)));
      routes.back().sharding = random() % 4 == 0 ? api::Sharding::kShared : api::Sharding::kExclusive;
    }
    api::BridgeSpec spec = bridge(routes);
    spec.shards = 16;
    spec.mqtt.version = round % 2 == 0 ? api::MqttVersion::k5 : api::MqttVersion::k311;
    const auto sessions = pack(spec);

    std::set<std::pair<std::string, std::uint32_t>> planned;
    std::map<std::string, int> exclusive;
    int previous = -1;
    for (const SessionPlan& session : sessions) {
      EXPECT_GT(session.shard, previous);
      EXPECT_LT(session.shard, 16);
      previous = session.shard;
      EXPECT_FALSE(session.subscriptions.empty());
      const Filters filters = filters_of(session);
      EXPECT_TRUE(std::is_sorted(filters.begin(), filters.end()));
      for (const PlannedSubscription& subscription : session.subscriptions) {
        for (const FedRoute& fed : subscription.routes) {
          EXPECT_TRUE(planned.emplace(subscription.filter, fed.route).second);
          EXPECT_EQ(routes[fed.route].sharding == api::Sharding::kShared, session.shared);
          EXPECT_GE(subscription.qos, routes[fed.route].qos);
        }
        if (!session.shared) {
          EXPECT_TRUE(exclusive.emplace(subscription.filter, session.shard).second);
        }
        // A filter that is not subscribed needs another one that is.
        EXPECT_TRUE(subscription.subscribed ||
                    std::any_of(session.subscriptions.begin(), session.subscriptions.end(),
                                [&](const auto& other) {
                                  return other.subscribed &&
                                         mqtt::covers(other.filter, subscription.filter) &&
                                         other.qos >= subscription.qos;
                                }))
            << subscription.filter;
      }
    }
    std::set<std::pair<std::string, std::uint32_t>> wanted;
    for (std::uint32_t index = 0; index < routes.size(); ++index) {
      for (const std::string& filter : routes[index].filters) {
        wanted.emplace(filter, index);
      }
    }
    EXPECT_EQ(planned, wanted);
    for (const auto& [a, shard_a] : exclusive) {
      for (const auto& [b, shard_b] : exclusive) {
        EXPECT_TRUE(shard_a == shard_b || !mqtt::overlaps(a, b)) << a << " and " << b;
      }
    }
  }
}

}  // namespace
}  // namespace mkb::dataplane
