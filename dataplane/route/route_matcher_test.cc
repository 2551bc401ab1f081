#include "dataplane/route/route_matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/route/session_packer.h"
#include "mqtt/topic_filter.h"

namespace mkb::dataplane {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Filters = std::vector<std::string>;
using Routes = std::vector<std::uint32_t>;

/// One session with routes r0, r1, ... that have these filters.
class RouteMatcherTest : public testing::Test {
 protected:
  void plan(const std::vector<Filters>& routes, api::MqttVersion version = api::MqttVersion::k5) {
    api::BridgeSpec spec;
    spec.uid = "uid";
    spec.shards = 1;
    spec.mqtt.version = version;
    for (const Filters& filters : routes) {
      api::MqttToKafkaRoute& route = spec.mqtt_to_kafka.emplace_back();
      route.name = "r" + std::to_string(spec.mqtt_to_kafka.size() - 1);
      route.filters = filters;
    }
    auto sessions = pack_sessions(spec);
    ASSERT_TRUE(sessions.ok());
    ASSERT_EQ(sessions->size(), 1u);
    session_ = std::move((*sessions)[0]);
    auto built = RouteMatcher::build(session_);
    ASSERT_TRUE(built.ok());
    matcher_.emplace(std::move(*built));
  }

  std::size_t index_of(std::string_view filter) const {
    for (std::size_t i = 0; i < session_.subscriptions.size(); ++i) {
      if (session_.subscriptions[i].filter == filter) {
        return i;
      }
    }
    ADD_FAILURE() << "no filter " << filter;
    return 0;
  }

  std::uint32_t id(std::string_view filter) const {
    return session_.subscriptions[index_of(filter)].subscription_id;
  }

  void grant(std::string_view filter, bool granted = true) {
    matcher_->set_granted(index_of(filter), granted);
  }

  void grant_all() {
    for (std::size_t i = 0; i < session_.subscriptions.size(); ++i) {
      matcher_->set_granted(i, true);
    }
  }

  Routes match(std::string_view topic, const std::vector<std::uint32_t>& ids) {
    mqtt::Properties properties;
    properties.add_user_property("before", "x");
    for (const std::uint32_t each : ids) {
      properties.add(mqtt::PropertyId::kSubscriptionIdentifier, each);
    }
    properties.add_user_property("after", "x");
    mqtt::PublishView publish;
    publish.topic = topic;
    publish.properties = properties.view();
    const auto routes = matcher_->match(publish);
    return {routes.begin(), routes.end()};
  }

  Routes match_plain(std::string_view topic) {
    mqtt::PublishView publish;
    publish.topic = topic;
    const auto routes = matcher_->match(publish);
    return {routes.begin(), routes.end()};
  }

  SessionPlan session_;
  std::optional<RouteMatcher> matcher_;
};

TEST_F(RouteMatcherTest, OneCopyPerSubscriptionGivesEachRouteTheMessageOnce) {
  plan({{"a/+", "a/b", "+/b"}, {"a/b"}});
  grant_all();
  EXPECT_THAT(match("a/b", {id("+/b")}), ElementsAre(0));
  EXPECT_FALSE(matcher_->redundant());
  EXPECT_THAT(match("a/b", {id("a/+")}), IsEmpty());
  EXPECT_TRUE(matcher_->redundant());
  EXPECT_THAT(match("a/b", {id("a/b")}), ElementsAre(1));
  EXPECT_FALSE(matcher_->redundant());
  EXPECT_THAT(match("a/c", {id("a/+")}), ElementsAre(0));
  EXPECT_FALSE(matcher_->redundant());
}

TEST_F(RouteMatcherTest, OneCopyWithAllIdentifiersGivesEachRouteTheMessageOnce) {
  plan({{"a/+", "a/b", "+/b"}, {"a/b"}});
  grant_all();
  EXPECT_THAT(match("a/b", {id("+/b"), id("a/+"), id("a/b")}), UnorderedElementsAre(0, 1));
  EXPECT_THAT(match("a/b", {id("a/b"), id("a/+"), id("+/b")}), UnorderedElementsAre(0, 1));
  EXPECT_FALSE(matcher_->redundant());
}

TEST_F(RouteMatcherTest, RepeatedIdentifiersChangeNothing) {
  plan({{"a/+"}, {"a/b"}});
  grant_all();
  EXPECT_THAT(match("a/b", {id("a/+"), id("a/+")}), ElementsAre(0));
}

TEST_F(RouteMatcherTest, WithoutAnIdentifierTheTopicDecides) {
  plan({{"a/+", "a/b"}, {"a/b"}, {"c"}});
  grant_all();
  EXPECT_THAT(match_plain("a/b"), ElementsAre(0, 1));
  EXPECT_THAT(match("a/b", {}), ElementsAre(0, 1));
  EXPECT_THAT(match_plain("c"), ElementsAre(2));
  EXPECT_FALSE(matcher_->redundant());
}

TEST_F(RouteMatcherTest, AnUnknownIdentifierLetsTheTopicDecide) {
  plan({{"a/+", "a/b"}, {"a/b"}});
  grant_all();
  std::uint32_t unknown = 1;
  while (unknown == id("a/+") || unknown == id("a/b")) {
    ++unknown;
  }
  EXPECT_THAT(match("a/b", {unknown}), ElementsAre(0, 1));
  EXPECT_THAT(match("a/b", {id("a/b"), unknown}), ElementsAre(0, 1));
  EXPECT_THAT(match("a/b", {unknown, id("a/b")}), ElementsAre(0, 1));
  EXPECT_THAT(match("a/b", {kMaxSubscriptionId, unknown}), ElementsAre(0, 1));
  EXPECT_FALSE(matcher_->redundant());
}

TEST_F(RouteMatcherTest, AnIdentifierOfAnotherTopicLetsTheTopicDecide) {
  plan({{"a"}, {"b"}});
  grant_all();
  EXPECT_THAT(match("a", {id("b")}), ElementsAre(0));
  EXPECT_THAT(match("a", {id("a"), id("b")}), ElementsAre(0));
}

TEST_F(RouteMatcherTest, ATopicThatNoRouteWantsIsNotRedundant) {
  plan({{"a"}});
  grant_all();
  EXPECT_THAT(match("a", {id("a"), id("a")}), ElementsAre(0));
  EXPECT_THAT(match_plain("z"), IsEmpty());
  EXPECT_FALSE(matcher_->redundant());
  EXPECT_THAT(match("z", {id("a")}), IsEmpty());
  EXPECT_FALSE(matcher_->redundant());
}

TEST_F(RouteMatcherTest, RedundantIsOnlyTheLastMessage) {
  plan({{"a/+", "a/b"}});
  grant_all();
  EXPECT_THAT(match("a/b", {id("a/b")}), IsEmpty());
  EXPECT_TRUE(matcher_->redundant());
  EXPECT_THAT(match_plain("z"), IsEmpty());
  EXPECT_FALSE(matcher_->redundant());
}

TEST_F(RouteMatcherTest, NothingIsLeftToASubscriptionThatIsNotGranted) {
  plan({{"a/+", "a/b"}});
  EXPECT_THAT(match("a/b", {id("a/b")}), ElementsAre(0));
  grant("a/b");
  EXPECT_THAT(match("a/b", {id("a/b")}), ElementsAre(0));
  grant("a/+");
  EXPECT_THAT(match("a/b", {id("a/b")}), IsEmpty());
  grant("a/+", false);
  EXPECT_THAT(match("a/b", {id("a/b")}), ElementsAre(0));
}

TEST_F(RouteMatcherTest, ForgetsWhatWasGranted) {
  plan({{"a/+", "a/b"}});
  grant_all();
  EXPECT_THAT(match("a/b", {id("a/b")}), IsEmpty());
  matcher_->forget_granted();
  EXPECT_THAT(match("a/b", {id("a/b")}), ElementsAre(0));
  EXPECT_FALSE(matcher_->redundant());
  grant_all();
  EXPECT_THAT(match("a/b", {id("a/b")}), IsEmpty());
}

TEST_F(RouteMatcherTest, Mqtt311MatchesByTopicAlsoFiltersThatAreNotSubscribed) {
  plan({{"a/#"}, {"a/b"}, {"a/+", "a/b"}}, api::MqttVersion::k311);
  grant_all();
  EXPECT_THAT(match_plain("a/b"), ElementsAre(0, 1, 2));
  EXPECT_THAT(match_plain("a/c"), ElementsAre(0, 2));
  EXPECT_THAT(match_plain("a"), ElementsAre(0));
}

TEST_F(RouteMatcherTest, FindsEveryOneOfManyIdentifiers) {
  std::vector<Filters> routes;
  routes.reserve(500);
  for (int i = 0; i < 500; ++i) {
    routes.push_back({"t/" + std::to_string(i)});
  }
  plan(routes);
  grant_all();
  for (std::uint32_t i = 0; i < 500; ++i) {
    const std::string topic = "t/" + std::to_string(i);
    ASSERT_THAT(match(topic, {id(topic)}), ElementsAre(i));
  }
}

TEST_F(RouteMatcherTest, MatchesTheFilterAndNotTheShareName) {
  SessionPlan shared;
  PlannedSubscription& subscription = shared.subscriptions.emplace_back();
  subscription.subscribe = "$share/mkb-uid-hot/h/+";
  subscription.filter = "h/+";
  subscription.subscription_id = 9;
  subscription.routes = {{4, {}}};
  auto built = RouteMatcher::build(shared);
  ASSERT_TRUE(built.ok());
  matcher_.emplace(std::move(*built));
  EXPECT_THAT(match("h/1", {9}), ElementsAre(4));
  EXPECT_THAT(match_plain("h/1"), ElementsAre(4));
}

TEST(RouteMatcher, RefusesAnInvalidFilter) {
  SessionPlan session;
  session.subscriptions.push_back({"a/#/b", "a/#/b", 1, 1, true, {{0, {}}}});
  const auto built = RouteMatcher::build(session);
  ASSERT_FALSE(built.ok());
  EXPECT_TRUE(built.error().is(mqtt::TopicError::kInvalidFilter));
}

TEST(RouteMatcher, WithoutSubscriptionsNothingMatches) {
  auto built = RouteMatcher::build({});
  ASSERT_TRUE(built.ok());
  mqtt::PublishView publish;
  publish.topic = "a";
  EXPECT_TRUE(built->match(publish).empty());
  EXPECT_FALSE(built->redundant());
}

}  // namespace
}  // namespace mkb::dataplane
