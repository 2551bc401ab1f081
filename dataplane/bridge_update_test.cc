// Bridges whose routes change while they run.
#include <gmock/gmock.h>

#include "dataplane/bridge_shards_fixture.h"
#include "dataplane/route/session_packer.h"

namespace mkb::dataplane {
namespace {

using api::ShardDuty;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class BridgeUpdateTest : public BridgeShardsTest {
 protected:
  void own_both() {
    a = make("a");
    own(*a, {{1, ShardDuty::kOwn}, {2, ShardDuty::kOwn}});
  }
  std::vector<std::string> filters(const std::string& client) {
    std::vector<std::string> all;
    for (const auto& [filter, identifier] : broker.sessions[client].filters) {
      all.push_back(filter);
    }
    return all;
  }
  std::vector<std::string> route_names() {
    std::vector<std::string> names;
    for (const RouteSnapshot& each : a->snapshot().routes) {
      names.push_back(each.name);
    }
    return names;
  }
  int connects() { return broker.sessions[kFirst].connects + broker.sessions[kSecond].connects; }
};

TEST_F(BridgeUpdateTest, ARouteThatIsAddedWorksWithoutConnectingAnew) {
  own_both();
  add_route("three", "c/+", "other");
  record.filters["c/+"] = 2;
  EXPECT_EQ(update(*a), BridgeChange::kApplied);
  EXPECT_EQ(update(*a), BridgeChange::kNone) << "the same again";
  until([&] { return filters(kSecond) == std::vector<std::string>{"b/+", "c/+"}; });
  publish("c/x", 5);
  publish("b/x", 5);
  until([&] { return counts(*a, "three").delivered == 5 && counts(*a, "two").delivered == 5; });
  EXPECT_EQ(connects(), 2);
}

TEST_F(BridgeUpdateTest, ARouteThatIsRemovedFinishesWhatIsInFlight) {
  own_both();
  publish("a/x", 1);
  until([&] { return counts(*a, "one").delivered == 1; });
  rd_kafka_mock_broker_set_rtt(cluster, 1, 300);
  publish("a/x", 20);
  until([&] { return counts(*a, "one").received == 21; });
  spec.mqtt_to_kafka.erase(spec.mqtt_to_kafka.begin());
  record.filters.erase("a/+");
  EXPECT_EQ(update(*a), BridgeChange::kApplied);
  EXPECT_THAT(route_names(), ElementsAre("two", "one"));
  until([&] { return route_names() == std::vector<std::string>{"two"}; });
  until([&] { return broker.sessions[kFirst].unacknowledged.empty(); });
  until([&] { return filters(kFirst).empty(); });
  EXPECT_EQ(connects(), 2);
  publish("b/x", 1);
  until([&] { return counts(*a, "two").delivered == 1; });
}

TEST_F(BridgeUpdateTest, ARouteThatChangesUnderLoadLosesAndDuplicatesNothing) {
  own_both();
  std::uint64_t sent = 0;
  for (int round = 0; round < 10; ++round) {
    publish("a/x", 50);
    spec.mqtt_to_kafka[0].topic = round % 2 == 0 ? "other" : "out";
    spec.mqtt_to_kafka[0].key = "k" + std::to_string(round);
    spec.mqtt_to_kafka[0].qos = 1;
    EXPECT_EQ(update(*a), BridgeChange::kApplied);
    publish("a/x", 50);
    sent += 100;
    io.poll();
  }
  until([&] { return counts(*a, "one").delivered == sent; });
  until([&] { return broker.sessions[kFirst].unacknowledged.empty(); });
  EXPECT_EQ(counts(*a, "one").received, sent) << "none twice";
  EXPECT_EQ(connects(), 2);
}

TEST_F(BridgeUpdateTest, AFilterIsReplacedWithoutAGap) {
  own_both();
  publish("a/x", 50);
  spec.mqtt_to_kafka[0].filters = {"a/#"};
  record.filters = {{"a/#", 1}, {"b/+", 2}};
  EXPECT_EQ(update(*a), BridgeChange::kApplied);
  publish("a/x", 50);
  until([&] { return filters(kFirst) == std::vector<std::string>{"a/#"}; });
  publish("a/x", 50);
  until([&] { return broker.sessions[kFirst].unacknowledged.empty() && counts(*a, "one").in_flight == 0; });
  EXPECT_GE(counts(*a, "one").delivered, 150u);
  EXPECT_EQ(a->snapshot().sessions.at(0).unrouted, 0u);
}

TEST_F(BridgeUpdateTest, AFilterThatMovesStaysWhereItWasForAWhile) {
  own_both();
  add_route("wide", "+/x");
  record.filters = {{"a/+", 2}, {"b/+", 2}, {"+/x", 2}};
  EXPECT_EQ(update(*a), BridgeChange::kApplied);
  until([&] { return filters(kSecond).size() == 3; });
  EXPECT_THAT(filters(kFirst), ElementsAre("a/+")) << "whoever has shard 2 may not have subscribed yet";
  const auto before = counts(*a, "one").received;
  publish("a/y", 1);
  until([&] { return counts(*a, "one").received >= before + 1; });
  EXPECT_EQ(broker.unsubscribed, std::vector<std::string>());
  EXPECT_THAT(a->shards().held(), ElementsAre(1, 2));
  // The operator ends the shard that is left without filters: not before they may go.
  assign(*a, {{1, ShardDuty::kEnd}, {2, ShardDuty::kOwn}});
  EXPECT_THAT(a->shards().held(), ElementsAre(1, 2));
  until([&] { return a->shards().ended() == std::vector<int>{1}; });
  EXPECT_EQ(broker.unsubscribed, std::vector<std::string>{"a/+"});
  EXPECT_THAT(a->shards().held(), ElementsAre(2));
}

TEST_F(BridgeUpdateTest, BlockedMessagesComeAgainUnderTheNewRules) {
  spec.mqtt_to_kafka[0].key = "${payload.none}";
  own_both();
  publish("a/x", 3);
  until([&] { return counts(*a, "one").blocked == 3; });
  spec.mqtt_to_kafka[0].key = "fixed";
  EXPECT_EQ(update(*a), BridgeChange::kApplied);
  until([&] { return counts(*a, "one").delivered == 3; });
  EXPECT_EQ(counts(*a, "one").blocked, 0u);
  EXPECT_EQ(broker.sessions[kFirst].connects, 2) << "only that session had to connect anew";
  EXPECT_EQ(broker.sessions[kSecond].connects, 1);
  until([&] { return broker.sessions[kFirst].unacknowledged.empty(); });
}

TEST_F(BridgeUpdateTest, WhenAloneANewShardIsOwnedAndAnEmptyOneEnded) {
  a = make("a", Ownership::kAll);
  until([&] { return ready(*a); });
  spec.mqtt_to_kafka.erase(spec.mqtt_to_kafka.begin());
  add_route("three", "c/+");
  record.filters = {{"b/+", 2}, {"c/+", 3}};
  EXPECT_EQ(update(*a), BridgeChange::kApplied);
  until([&] { return a->shards().held() == std::vector<int>{2, 3}; });
  until([&] { return !broker.exists(kFirst); });
  EXPECT_THAT(a->shards().ended(), IsEmpty());
  add_route("one", "a/+");
  record.filters["a/+"] = 1;
  EXPECT_EQ(update(*a), BridgeChange::kApplied);
  until([&] { return a->shards().held() == std::vector<int>{1, 2, 3}; });
}

TEST_F(BridgeUpdateTest, OtherServersNeedARestart) {
  own_both();
  const auto servers = spec.mqtt.servers;
  spec.mqtt.servers.push_back({false, "elsewhere", 1883});
  EXPECT_EQ(update(*a), BridgeChange::kNeedsRestart);
  spec.mqtt.servers = servers;
  spec.kafka.properties["linger.ms"] = "1";
  EXPECT_EQ(update(*a), BridgeChange::kNeedsRestart);
  spec.kafka.properties.clear();
  EXPECT_EQ(update(*a), BridgeChange::kNone);
}

TEST_F(BridgeUpdateTest, WhatIsRefusedChangesNothing) {
  own_both();
  const auto good = spec;
  spec.mqtt_to_kafka[0].topic = "bad topic";
  EXPECT_FALSE(a->update(spec, record).ok());
  spec = good;
  add_route("three", "c/+");
  const auto unrecorded = a->update(spec, record);
  ASSERT_FALSE(unrecorded.ok());
  EXPECT_TRUE(unrecorded.error().is(SessionPackError::kNotRecorded)) << unrecorded.error().message();
  EXPECT_THAT(route_names(), UnorderedElementsAre("one", "two"));
  publish("a/x", 2);
  until([&] { return counts(*a, "one").delivered == 2; });
}

TEST_F(BridgeUpdateTest, AShardThatIsOwnedBeforeItsRoutesAreKnownStartsWithThem) {
  a = make("a");
  assign(*a, {{3, ShardDuty::kOwn}});
  EXPECT_THAT(a->snapshot().sessions, IsEmpty());
  add_route("three", "c/+");
  record.filters["c/+"] = 3;
  EXPECT_EQ(update(*a), BridgeChange::kApplied);
  until([&] { return ready(*a); });
  EXPECT_THAT(a->shards().held(), ElementsAre(3));
}

}  // namespace
}  // namespace mkb::dataplane
