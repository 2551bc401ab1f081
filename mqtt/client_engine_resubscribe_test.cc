// Subscriptions that change while the session lives, and sessions that are ended for good.
#include "mqtt/client_engine.h"

#include <algorithm>

#include "mqtt/client_engine_fixture.h"

namespace mkb::mqtt {
namespace {

std::vector<std::string> filters(const std::vector<Subscribe>& packets) {
  std::vector<std::string> all;
  for (const Subscribe& packet : packets) {
    for (const Subscription& each : packet.subscriptions) {
      all.push_back(each.filter);
    }
  }
  return all;
}

class ResubscribeTest : public ClientEngineTest {
 protected:
  using Requests = std::vector<SubscriptionRequest>;
  using Filters = std::vector<std::string>;

  /// Changes the subscriptions and grants what is asked for; what was subscribed and what unsubscribed.
  std::pair<Filters, Filters> change(Requests wanted) {
    EXPECT_TRUE(engine->resubscribe(std::move(wanted)).ok());
    const auto asked = sent_of<Subscribe>();
    for (const Subscribe& packet : asked) {
      grant(packet);
    }
    const auto gone = sent_of<Unsubscribe>();
    Filters left;
    for (const Unsubscribe& packet : gone) {
      left.insert(left.end(), packet.filters.begin(), packet.filters.end());
      answer(packet);
    }
    return {filters(asked), left};
  }
  void grant(const Subscribe& packet) {
    Suback suback;
    suback.packet_id = packet.packet_id;
    for (const Subscription& each : packet.subscriptions) {
      suback.reasons.push_back(static_cast<ReasonCode>(each.qos));
    }
    ASSERT_TRUE(feed(suback).ok());
  }
  void answer(const Unsubscribe& packet) {
    Unsuback unsuback;
    unsuback.packet_id = packet.packet_id;
    if (GetParam() == Version::k5) {
      unsuback.reasons.assign(packet.filters.size(), ReasonCode::kSuccess);
    }
    ASSERT_TRUE(feed(unsuback).ok());
  }
};

TEST_P(ResubscribeTest, SubscribesWhatIsNewAndUnsubscribesWhatIsGone) {
  connect();
  const auto [asked, gone] = change({{"b/+", 2, 12}, {"c", 1, 13}});
  EXPECT_EQ(asked, (Filters{"c"}));
  EXPECT_EQ(gone, (Filters{"a/#"}));
  EXPECT_TRUE(engine->ready());
  EXPECT_EQ(events.ready, 2);
  EXPECT_EQ(std::get<0>(events.subscriptions.back()), 1u) << "the index is that of the new list";
}

TEST_P(ResubscribeTest, TheSameSubscriptionsSendNothing) {
  connect();
  ASSERT_TRUE(engine->resubscribe({{"b/+", 2, 12}, {"a/#", 1, 11}}).ok());
  EXPECT_TRUE(sent().empty());
  EXPECT_TRUE(engine->ready());
  EXPECT_EQ(events.ready, 1);
}

TEST_P(ResubscribeTest, AnotherQosOrIdentifierIsSubscribedInPlace) {
  connect();
  const auto [asked, gone] = change({{"a/#", 2, 11}, {"b/+", 2, 99}});
  EXPECT_EQ(asked, (Filters{"a/#", "b/+"}));
  EXPECT_TRUE(gone.empty());
}

TEST_P(ResubscribeTest, WhatIsGoneStaysUntilWhatReplacesItIsThere) {
  connect();
  ASSERT_TRUE(engine->resubscribe({{"a/+", 1, 14}, {"b/+", 2, 12}}).ok());
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 1u);
  grant(std::get<Subscribe>(packets[0]));
  const auto after = sent_of<Unsubscribe>();
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].filters, (Filters{"a/#"}));
}

TEST_P(ResubscribeTest, AnAnswerForWhatIsNoLongerWantedIsIgnored) {
  connect();
  ASSERT_TRUE(engine->resubscribe({{"a/#", 1, 11}, {"b/+", 2, 12}, {"c", 1, 13}}).ok());
  const auto asked = sent_of<Subscribe>();
  ASSERT_EQ(asked.size(), 1u);
  ASSERT_TRUE(engine->resubscribe({{"b/+", 2, 12}, {"a/#", 1, 11}}).ok());
  const std::size_t told = events.subscriptions.size();
  grant(asked[0]);
  EXPECT_EQ(events.subscriptions.size(), told);
  EXPECT_TRUE(engine->ready());
  const auto gone = sent_of<Unsubscribe>();
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].filters, (Filters{"c"}));
}

TEST_P(ResubscribeTest, AnAnswerUnderWayIsForTheNewIndex) {
  connect();
  ASSERT_TRUE(engine->resubscribe({{"a/#", 1, 11}, {"b/+", 2, 12}, {"c", 1, 13}}).ok());
  const auto asked = sent_of<Subscribe>();
  ASSERT_TRUE(engine->resubscribe({{"c", 1, 13}, {"a/#", 1, 11}, {"b/+", 2, 12}}).ok());
  EXPECT_TRUE(sent_of<Subscribe>().empty()) << "it has been asked for";
  grant(asked.at(0));
  EXPECT_EQ(std::get<0>(events.subscriptions.back()), 0u);
  EXPECT_TRUE(engine->ready());
}

TEST_P(ResubscribeTest, WhatComesBackIsNotUnsubscribed) {
  connect();
  ASSERT_TRUE(engine->resubscribe({{"b/+", 2, 12}, {"c", 1, 13}}).ok());
  const auto asked = sent_of<Subscribe>();
  ASSERT_TRUE(engine->resubscribe({{"a/#", 1, 11}, {"b/+", 2, 12}, {"c", 1, 13}}).ok());
  for (const auto& packet : asked) {
    grant(packet);
  }
  for (const auto& packet : sent_of<Subscribe>()) {
    grant(packet);
  }
  EXPECT_TRUE(engine->ready());
  EXPECT_TRUE(sent_of<Unsubscribe>().empty());
}

TEST_P(ResubscribeTest, AChangeWhileAwayIsMadeUpForWhenTheSessionIsResumed) {
  connect();
  engine->on_transport_lost();
  ASSERT_TRUE(engine->resubscribe({{"b/+", 2, 12}}).ok());
  EXPECT_TRUE(sent().empty());
  ASSERT_TRUE(engine->open({}, now).ok());
  sent();
  Connack connack;
  connack.session_present = true;
  ASSERT_TRUE(feed(connack).ok());
  const auto asked = sent_of<Subscribe>();
  EXPECT_EQ(filters(asked), (Filters{"b/+"}));
  grant(asked.at(0));
  const auto gone = sent_of<Unsubscribe>();
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].filters, (Filters{"a/#"}));
  // The answer is lost with the connection: it is sent again.
  engine->on_transport_lost();
  ASSERT_TRUE(engine->open({}, now).ok());
  sent();
  ASSERT_TRUE(feed(connack).ok());
  grant(sent_of<Subscribe>().at(0));
  EXPECT_EQ(sent_of<Unsubscribe>().size(), 1u);
}

TEST_P(ResubscribeTest, ANewSessionHasNothingToUnsubscribe) {
  connect();
  engine->on_transport_lost();
  ASSERT_TRUE(engine->resubscribe({{"b/+", 2, 12}}).ok());
  connect();
  EXPECT_TRUE(sent_of<Unsubscribe>().empty());
  EXPECT_TRUE(engine->ready());
}

TEST_P(ResubscribeTest, ManyLeavingFiltersShareUnsubscribes) {
  options.subscriptions.clear();
  for (int i = 0; i < 120; ++i) {
    options.subscriptions.push_back({"f/" + std::to_string(i), 1, 0});
  }
  connect();
  ASSERT_TRUE(engine->resubscribe({}).ok());
  const auto gone = sent_of<Unsubscribe>();
  ASSERT_EQ(gone.size(), 3u);
  std::size_t total = 0;
  for (const auto& packet : gone) {
    total += packet.filters.size();
  }
  EXPECT_EQ(total, 120u);
}

TEST_P(ResubscribeTest, EndingASessionConnectsClean) {
  options.end_session = true;
  options.subscriptions.clear();
  make();
  ASSERT_TRUE(engine->open({}, now).ok());
  const auto connects = sent_of<Connect>();
  ASSERT_EQ(connects.size(), 1u);
  EXPECT_TRUE(connects[0].clean_start);
  if (GetParam() == Version::k5) {
    EXPECT_EQ(connects[0].properties.view().integer(PropertyId::kSessionExpiryInterval), 0u);
  }
  ASSERT_TRUE(feed(Connack{}).ok());
  EXPECT_EQ(events.ready, 1);
  engine->disconnect();
  EXPECT_EQ(sent_of<Disconnect>().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Versions, ResubscribeTest, testing::Values(Version::k311, Version::k5));

}  // namespace
}  // namespace mkb::mqtt
