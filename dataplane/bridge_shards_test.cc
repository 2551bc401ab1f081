// Bridges that own a changing part of the shards.
#include <gmock/gmock.h>

#include <optional>

#include "dataplane/bridge_shards_fixture.h"

namespace mkb::dataplane {
namespace {

using api::ShardDuty;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(BridgeShardsTest, OwnsNothingBeforeItIsTold) {
  a = make("a");
  until([&] { return a->snapshot().kafka.reachable; });
  EXPECT_THAT(a->snapshot().sessions, IsEmpty());
  EXPECT_EQ(broker.accepted, 0);
  own(*a, {{2, ShardDuty::kOwn}});
  EXPECT_THAT(a->shards().held(), ElementsAre(2));
  EXPECT_FALSE(broker.exists(kFirst));
  publish("b/x", 3);
  until([&] { return counts(*a, "two").delivered == 3; });
}

TEST_F(BridgeShardsTest, OwnsEverythingWhenAlone) {
  a = make("a", Ownership::kAll);
  until([&] { return ready(*a) && a->snapshot().sessions.size() == 2; });
  EXPECT_FALSE(assign(*a, {})) << "nobody assigns";
  EXPECT_THAT(a->shards().held(), ElementsAre(1, 2));
}

TEST_F(BridgeShardsTest, APlannedHandOffLosesAndDuplicatesNothing) {
  a = make("a");
  b = make("b");
  own(*a, {{1, ShardDuty::kOwn}});
  Bridge* from = a.get();
  Bridge* to = b.get();
  std::uint64_t sent = 0;
  for (int round = 0; round < 6; ++round) {
    publish("a/x", 100);
    assign(*to, {{1, ShardDuty::kPrepare}});
    assign(*from, {{1, ShardDuty::kRelease}});
    publish("a/x", 100);
    sent += 200;
    until([&] { return from->shards().held().empty(); });
    EXPECT_THAT(from->snapshot().sessions, IsEmpty());
    assign(*to, {{1, ShardDuty::kOwn, true}});
    until([&] { return !to->shards().held().empty(); });
    std::swap(from, to);
  }
  until([&] { return counts(*a, "one").delivered + counts(*b, "one").delivered >= sent; });
  until([&] { return broker.sessions[kFirst].unacknowledged.empty(); });
  EXPECT_EQ(counts(*a, "one").delivered + counts(*b, "one").delivered, sent);
  EXPECT_EQ(broker.sessions[kFirst].takeovers, 0);
  EXPECT_EQ(broker.sessions[kFirst].connects, 7);
  EXPECT_EQ(broker.accepted, 7) << "own uses what prepare opened";
  EXPECT_THAT(from->shards().lost(), IsEmpty());
}

TEST_F(BridgeShardsTest, ReleaseWaitsForKafkaButNotForOtherShards) {
  a = make("a");
  own(*a, {{1, ShardDuty::kOwn}, {2, ShardDuty::kOwn}});
  rd_kafka_mock_broker_set_rtt(cluster, 1, 300);
  publish("a/x", 10);
  until([&] { return counts(*a, "one").received == 10; });
  assign(*a, {{1, ShardDuty::kRelease}, {2, ShardDuty::kOwn}});
  publish("a/x", 1);
  EXPECT_THAT(a->shards().held(), ElementsAre(1, 2)) << "it may still acknowledge";
  publish("b/x", 1);
  until([&] { return a->shards().held() == std::vector<int>{2}; });
  EXPECT_EQ(counts(*a, "one").delivered, 10u);
  EXPECT_EQ(broker.sessions[kFirst].queued.size() + broker.sessions[kFirst].unacknowledged.size(), 1u)
      << "what came after the release stays with the broker";
  until([&] { return counts(*a, "two").delivered == 1; });
}

TEST_F(BridgeShardsTest, WhatKafkaDoesNotTakeIsGivenBack) {
  spec.mqtt_to_kafka[0].topic = "${topic[1]}";
  spec.mqtt_to_kafka[0].key = "${payload.none}";
  a = make("a");
  own(*a, {{1, ShardDuty::kOwn}});
  publish("a/x", 3);
  until([&] { return counts(*a, "one").blocked == 3; });
  assign(*a, {});
  until([&] { return a->shards().held().empty(); });
  EXPECT_EQ(broker.sessions[kFirst].unacknowledged.size(), 3u);
  EXPECT_EQ(counts(*a, "one").in_flight, 0u);
  EXPECT_EQ(counts(*a, "one").dropped[static_cast<std::size_t>(DropReason::kReturned)], 3u);
}

TEST_F(BridgeShardsTest, AFencedOwnerDoesNotTakeTheSessionBack) {
  a = make("a");
  b = make("b");
  own(*a, {{1, ShardDuty::kOwn}});
  own(*b, {{1, ShardDuty::kOwn, true}});
  EXPECT_EQ(broker.sessions[kFirst].takeovers, 1);
  publish("a/x", 10);
  until([&] { return counts(*b, "one").delivered == 10; });
  EXPECT_STREQ(a->snapshot().sessions.at(0).state.c_str(), "backoff");
  EXPECT_NE(a->shards().problem().find("another client"), std::string::npos) << a->shards().problem();
  own(*a, {{1, ShardDuty::kOwn, true}});
  EXPECT_EQ(broker.sessions[kFirst].takeovers, 2) << "a newer assignment says so";
}

TEST_F(BridgeShardsTest, AReleasedShardWhoseConnectionEndsIsGivenUp) {
  a = make("a");
  own(*a, {{1, ShardDuty::kOwn}});
  rd_kafka_mock_broker_set_down(cluster, 1);
  publish("a/x", 5);
  until([&] { return counts(*a, "one").received == 5; });
  assign(*a, {{1, ShardDuty::kRelease}});
  EXPECT_THAT(a->shards().held(), ElementsAre(1));
  broker.cut(kFirst);
  until([&] { return a->shards().held().empty(); });
  EXPECT_EQ(counts(*a, "one").in_flight, 5u) << "with Kafka, for all we know";
  EXPECT_EQ(broker.sessions[kFirst].connects, 1);
  rd_kafka_mock_broker_set_up(cluster, 1);
  until([&] { return counts(*a, "one").in_flight == 0; });
}

TEST_F(BridgeShardsTest, TheSameAssignmentAgainChangesNothing) {
  a = make("a");
  own(*a, {{1, ShardDuty::kOwn}});
  EXPECT_TRUE(a->assign({epoch, {{1, ShardDuty::kOwn}}}));
  EXPECT_THAT(a->shards().held(), ElementsAre(1));
  EXPECT_EQ(broker.sessions[kFirst].connects, 1);
}

TEST_F(BridgeShardsTest, EndForgetsTheSessionAtTheBroker) {
  a = make("a");
  own(*a, {{1, ShardDuty::kOwn}});
  int changes = 0;
  a->set_on_change([&] { ++changes; });
  assign(*a, {{1, ShardDuty::kEnd}, {5, ShardDuty::kEnd}});
  until([&] { return a->shards().ended() == std::vector<int>{1, 5}; });
  until([&] { return !broker.exists(kFirst) && !broker.exists("mkb-uid-5"); });
  EXPECT_THAT(a->shards().held(), IsEmpty());
  EXPECT_GE(changes, 2);
  assign(*a, {{1, ShardDuty::kOwn}});
  until([&] { return ready(*a); });
  EXPECT_THAT(a->shards().ended(), IsEmpty());
}

TEST_F(BridgeShardsTest, EndIsTriedUntilTheBrokerAccepts) {
  a = make("a");
  broker.refuse = true;
  assign(*a, {{3, ShardDuty::kEnd}});
  until([&] { return !a->shards().problem().empty(); });
  EXPECT_NE(a->shards().problem().find("shard 3 cannot be ended"), std::string::npos);
  EXPECT_THAT(a->shards().ended(), IsEmpty());
  broker.refuse = false;
  until([&] { return a->shards().ended() == std::vector<int>{3}; });
  EXPECT_EQ(a->shards().problem(), "");
}

TEST_F(BridgeShardsTest, ASessionThatAnEarlierOwnerHadAndTheBrokerHasNotIsLost) {
  a = make("a");
  own(*a, {{1, ShardDuty::kOwn}});
  EXPECT_THAT(a->shards().lost(), IsEmpty()) << "the first connection of all";
  assign(*a, {});
  until([&] { return a->shards().held().empty(); });
  broker.sessions.erase(kFirst);
  own(*a, {{1, ShardDuty::kOwn, true}});
  EXPECT_THAT(a->shards().lost(), ElementsAre(1));
  EXPECT_EQ(a->snapshot().sessions.at(0).sessions_lost, 1u);
}

TEST_F(BridgeShardsTest, AShardThatIsNoLongerPreparedIsLetGo) {
  a = make("a");
  assign(*a, {{1, ShardDuty::kPrepare}});
  until([&] { return broker.accepted == 1; });
  EXPECT_THAT(a->shards().held(), IsEmpty());
  EXPECT_THAT(a->snapshot().sessions, IsEmpty());
  assign(*a, {});
  EXPECT_FALSE(broker.exists(kFirst));
  own(*a, {{1, ShardDuty::kOwn}});
  EXPECT_EQ(broker.accepted, 2);
}

TEST_F(BridgeShardsTest, DrainLeavesSessionsWithTheBrokerAndHoldsNone) {
  a = make("a");
  own(*a, {{1, ShardDuty::kOwn}});
  assign(*a, {{1, ShardDuty::kOwn}, {2, ShardDuty::kPrepare}});
  publish("a/x", 50);
  std::optional<DrainOutcome> outcome;
  a->drain(std::chrono::seconds(30), [&](DrainOutcome result) { outcome = result; });
  EXPECT_FALSE(assign(*a, {{2, ShardDuty::kOwn}}));
  until([&] { return outcome.has_value(); });
  EXPECT_TRUE(outcome->in_time);
  EXPECT_THAT(a->shards().held(), IsEmpty());
  EXPECT_TRUE(broker.exists(kFirst));
  EXPECT_FALSE(broker.exists(kSecond));
}

}  // namespace
}  // namespace mkb::dataplane
