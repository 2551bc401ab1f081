#include "dataplane/egress/egress_flow.h"

#include "dataplane/egress/egress_flow_fixture.h"

namespace mkb::dataplane {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using EgressFlowTest = EgressFlowFixture;

TEST_F(EgressFlowTest, PublishesWhatTheRouteSays) {
  route.qos = "2";
  route.retain = "true";
  start();
  read("v1", "stop");
  ASSERT_EQ(publisher.sent.size(), 1U);
  const OutgoingMessage& message = publisher.sent[0].message;
  EXPECT_EQ(message.topic, "vehicles/v1/cmd");
  EXPECT_EQ(message.payload, "stop");
  EXPECT_EQ(message.qos, 2);
  EXPECT_TRUE(message.retain);
  acknowledge(0);
  EXPECT_EQ(counts().delivered, 1U);
  EXPECT_EQ(counts().in_flight, 0U);
}

TEST_F(EgressFlowTest, CommitsOnlyUpToTheLowestRecordThatIsNotAcknowledged) {
  start();
  read("a", "1");
  read("b", "2");
  read("c", "3");
  acknowledge(0);
  acknowledge(2);
  clock.advance(1s);
  flow->commit_if_due();
  ASSERT_EQ(source.commits.size(), 1U);
  EXPECT_THAT(source.commits[0], ElementsAre(Pair(kFirst, 1)));
  confirm();
  acknowledge(1);
  clock.advance(1s);
  flow->commit_if_due();
  ASSERT_EQ(source.commits.size(), 2U);
  EXPECT_THAT(source.commits[1], ElementsAre(Pair(kFirst, 3)));
}

TEST_F(EgressFlowTest, NothingIsCommittedWithoutAnAcknowledgement) {
  start();
  read("a", "1");
  clock.advance(1h);
  flow->tick();
  EXPECT_THAT(source.commits, IsEmpty());
}

TEST_F(EgressFlowTest, OneCommitAtATime) {
  start();
  read("a", "1");
  read("b", "2");
  acknowledge(0);
  clock.advance(1s);
  flow->tick();
  acknowledge(1);
  clock.advance(1s);
  flow->tick();
  EXPECT_EQ(source.commits.size(), 1U);
  flow->on_committed({}, "not coordinator");
  clock.advance(1s);
  flow->tick();
  ASSERT_EQ(source.commits.size(), 2U) << "a commit that failed is made again";
  EXPECT_THAT(source.commits[1], ElementsAre(Pair(kFirst, 2)));
  EXPECT_THAT(counts().last_error, testing::HasSubstr("not coordinator"));
}

TEST_F(EgressFlowTest, OfOneKeyOneIsOnItsWayAtATime) {
  start();
  read("a", "1");
  read("a", "2");
  read("b", "3");
  EXPECT_THAT(payloads(), ElementsAre("1", "3"));
  acknowledge(0);
  EXPECT_THAT(payloads(), ElementsAre("1", "3", "2"));
}

TEST_F(EgressFlowTest, TheSameKeyInAnotherPartitionIsAnotherKey) {
  start();
  read("a", "1", 0);
  read("a", "2", 1);
  EXPECT_THAT(payloads(), ElementsAre("1", "2"));
}

TEST_F(EgressFlowTest, RecordsWithoutAKeyDoNotWaitForEachOther) {
  route.topic = "all";
  start();
  read(std::nullopt, "1");
  read(std::nullopt, "2");
  read("", "3");
  read("", "4");
  EXPECT_THAT(payloads(), ElementsAre("1", "2", "3")) << "an empty key is a key";
}

TEST_F(EgressFlowTest, AtTheWindowReadingPausesAndGoesOnAtHalfOfIt) {
  start();
  for (const char* key : {"a", "b", "c"}) {
    read(key, key);
  }
  EXPECT_THAT(source.paused, IsEmpty());
  read("d", "d");
  EXPECT_THAT(source.paused, ElementsAre(kFirst, kSecond));
  acknowledge(0);
  flow->commit_if_due();
  EXPECT_THAT(source.paused, ElementsAre(kFirst, kSecond));
  acknowledge(1);
  flow->commit_if_due();
  EXPECT_THAT(source.paused, IsEmpty());
}

TEST_F(EgressFlowTest, BytesPauseReadingToo) {
  EgressOptions options;
  options.bytes_limit = 100;
  auto builder = MessageBuilder::create(route, api::MqttVersion::k5, "uid-1");
  ASSERT_TRUE(builder.ok());
  flow = std::make_unique<EgressFlow>(route, std::move(*builder), source, publisher, sink, clock, options);
  flow->on_assigned({kFirst});
  read("a", std::string(200, 'x'));
  EXPECT_THAT(source.paused, ElementsAre(kFirst));
  acknowledge(0);
  flow->commit_if_due();
  EXPECT_THAT(source.paused, IsEmpty());
}

TEST_F(EgressFlowTest, WhatACrashWouldRepeatIsBoundedWhileKafkaTakesNoCommit) {
  start();
  for (int i = 0; i < 8; ++i) {
    ASSERT_THAT(source.paused, IsEmpty()) << i;
    read("k" + std::to_string(i), "v");
    acknowledge(static_cast<std::size_t>(i));
    flow->commit_if_due();
  }
  EXPECT_THAT(source.paused, ElementsAre(kFirst, kSecond)) << "8 = 2 x maxInFlight are not committed";
  confirm();
  flow->commit_if_due();
  confirm();
  EXPECT_THAT(source.paused, IsEmpty());
}

TEST_F(EgressFlowTest, WithoutAConnectionRecordsWait) {
  publisher.is_connected = false;
  start();
  read("a", "1");
  read("b", "2");
  EXPECT_THAT(publisher.sent, IsEmpty());
  publisher.is_connected = true;
  flow->on_connected(false);
  EXPECT_THAT(payloads(), ElementsAre("1", "2"));
}

TEST_F(EgressFlowTest, ANewSessionGetsWhatWasInFlightInOrderAndBeforeTheRest) {
  start();
  read("a", "1");
  read("b", "2");
  publisher.is_connected = false;
  read("c", "3");
  publisher.sent.clear();
  publisher.is_connected = true;
  flow->on_connected(false);
  EXPECT_THAT(payloads(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(counts().received, 3U);
}

TEST_F(EgressFlowTest, AResumedSessionFinishesByItself) {
  start();
  read("a", "1");
  publisher.is_connected = false;
  read("b", "2");
  publisher.is_connected = true;
  flow->on_connected(true);
  EXPECT_THAT(payloads(), ElementsAre("1", "2"));
  acknowledge(0);
  EXPECT_EQ(counts().delivered, 1U);
}

TEST_F(EgressFlowTest, WhatTheClientDoesNotTakeIsTriedAgainLater) {
  publisher.refuses_all = true;
  start();
  read("a", "1");
  publisher.refuses_all = false;
  flow->tick();
  EXPECT_THAT(payloads(), ElementsAre("1"));
  flow->on_unsent(publisher.sent[0].id);
  flow->tick();
  EXPECT_THAT(payloads(), ElementsAre("1", "1"));
}

TEST_F(EgressFlowTest, LatencyIsFromKafkasTimestampButAtLeastTheTimeHere) {
  start();
  read("a", "1");
  clock.advance(3ms);
  acknowledge(0);
  EXPECT_EQ(counts().latency.count, 1U);
  EXPECT_NEAR(counts().latency.sum_seconds, 0.003, 1e-9);
  clock.unix_ms -= 1000;  // a machine whose clock is behind
  read("b", "2");
  clock.unix_ms -= 1000;
  clock.time += 5ms;
  acknowledge(1);
  EXPECT_NEAR(counts().latency.sum_seconds, 0.008, 1e-9);
}

TEST_F(EgressFlowTest, AnUnknownAnswerChangesNothing) {
  start();
  flow->on_published(77);
  flow->on_refused(77, "x");
  flow->on_unsent(77);
  flow->on_dead_lettered(77);
  flow->on_dead_letter_refused(77, "x");
  EXPECT_EQ(counts().delivered, 0U);
}

TEST_F(EgressFlowTest, ALogThatWentBackIsReadAgainFromThere) {
  start();
  read("a", "1");
  read("b", "2");
  read("b", "3");
  acknowledge(0);
  next_offset[0] = 0;
  read("b", "new 0");
  EXPECT_THAT(payloads(), ElementsAre("1", "2", "new 0"));
  EXPECT_EQ(dropped(DropReason::kReturned), 2U) << "what was held of the old log";
  acknowledge(1);
  EXPECT_EQ(counts().delivered, 1U);
  acknowledge(2);
  clock.advance(1s);
  flow->commit_if_due();
  EXPECT_THAT(source.commits.back(), ElementsAre(Pair(kFirst, 1)));
  EXPECT_THAT(counts().last_error, testing::HasSubstr("went back from offset 3 to 0"));
}

TEST_F(EgressFlowTest, AResumedSessionKnowsNothingOfQosZero) {
  route.qos = "${headers.q}";
  start();
  const auto with_qos = [this](const char* key, std::string_view qos) {
    ConsumedRecord record;
    record.topic = "commands";
    record.offset = next_offset[0]++;
    record.key = key;
    record.value = key;
    record.headers = {{"q", qos}};
    flow->on_record(std::move(record));
  };
  with_qos("zero", "0");
  with_qos("one", "1");
  publisher.sent.clear();
  flow->on_connected(true);
  EXPECT_THAT(payloads(), ElementsAre("zero"));
}

TEST_F(EgressFlowTest, ACommitThatFailsForOnePartitionDoesNotHoldUpTheOther) {
  start();
  // Partition 1 may not be committed, and librdkafka gives its error to both.
  const auto answer = [this] {
    bool second = false;
    for (const auto& [id, offset] : source.commits.back()) {
      second = second || id == kSecond;
    }
    flow->on_committed(second ? Offsets{} : source.commits.back(), second ? "not authorized" : "");
  };
  std::size_t answered = 0;
  std::size_t acknowledged = 0;
  for (int i = 0; i < 60; ++i) {
    for (const std::int32_t partition : {0, 1}) {
      if (source.paused.count({"commands", partition}) == 0) {
        read("k" + std::to_string(i), "x", partition);
      }
    }
    while (acknowledged < publisher.sent.size()) {
      acknowledge(acknowledged++);
    }
    clock.advance(1s);
    flow->tick();
    if (answered < source.commits.size()) {
      answered = source.commits.size();
      answer();
    }
  }
  EXPECT_GT(next_offset[0], 40) << "the partition whose commits pass goes on";
  EXPECT_EQ(next_offset[1], 8) << "the other stops at twice the window";
}

TEST_F(EgressFlowTest, RoomIsWhatTheWindowAndTheUncommittedLeave) {
  start();
  EXPECT_EQ(flow->room(), 4U);
  read("a", "1");
  EXPECT_EQ(flow->room(), 3U);
  acknowledge(0);
  EXPECT_EQ(flow->room(), 4U);
  for (int i = 0; i < 5; ++i) {
    read("k" + std::to_string(i), "x");
    acknowledge(static_cast<std::size_t>(i) + 1);
  }
  EXPECT_EQ(flow->room(), 2U) << "6 of 8 are not committed";
  flow->drain();
  EXPECT_EQ(flow->room(), 0U);
}

TEST_F(EgressFlowTest, ARecordOfAPartitionThatIsNotOursIsNotCounted) {
  start();
  flow->on_lost({kFirst});
  read("a", "1");
  EXPECT_EQ(counts().received, 0U);
  EXPECT_THAT(publisher.sent, IsEmpty());
}

TEST_F(EgressFlowTest, RevokedPartitionsAreSettledCommittedAndThenReleased) {
  start();
  read("a", "1");
  read("a", "2");
  read("b", "3", 1);
  flow->on_revoked({kFirst});
  EXPECT_THAT(source.paused, ElementsAre(kFirst));
  EXPECT_EQ(dropped(DropReason::kReturned), 1U) << "2 was not on its way";
  EXPECT_THAT(source.released, IsEmpty());
  acknowledge(0);
  flow->commit_if_due();
  ASSERT_EQ(source.commits.size(), 1U);
  EXPECT_THAT(source.commits[0], ElementsAre(Pair(kFirst, 1)));
  EXPECT_THAT(source.released, IsEmpty()) << "not before Kafka has the offset";
  confirm();
  EXPECT_THAT(source.released, ElementsAre(kFirst));
  EXPECT_EQ(counts().partitions, 1U);
  EXPECT_THAT(payloads(), ElementsAre("1", "3"));
}

TEST_F(EgressFlowTest, NothingInFlightIsReleasedAtOnce) {
  start();
  flow->on_revoked({kFirst, kSecond});
  EXPECT_THAT(source.released, ElementsAre(kFirst, kSecond));
}

TEST_F(EgressFlowTest, WhatIsNotSettledInTimeGoesBackToKafka) {
  start();
  read("a", "1");
  flow->on_revoked({kFirst});
  clock.advance(11s);
  flow->tick();
  EXPECT_THAT(source.released, ElementsAre(kFirst));
  EXPECT_EQ(dropped(DropReason::kReturned), 1U);
  acknowledge(0);
  EXPECT_EQ(counts().delivered, 0U) << "an answer that comes after that counts for nobody";
}

TEST_F(EgressFlowTest, LostPartitionsAreForgottenAtOnce) {
  start();
  read("a", "1");
  read("a", "2");
  flow->on_lost({kFirst});
  EXPECT_THAT(source.released, ElementsAre(kFirst));
  EXPECT_EQ(dropped(DropReason::kReturned), 2U);
  flow->on_assigned({kFirst});
  read("a", "3");
  EXPECT_THAT(payloads(), ElementsAre("1", "3")) << "the old holder of the key is gone";
}

TEST_F(EgressFlowTest, DrainingSettlesWhatIsOnItsWayAndCommits) {
  start();
  read("a", "1");
  read("a", "2");
  flow->drain();
  EXPECT_FALSE(flow->drained());
  EXPECT_THAT(source.paused, ElementsAre(kFirst, kSecond));
  acknowledge(0);
  flow->commit_if_due();
  EXPECT_FALSE(flow->drained()) << "not before Kafka has the offset";
  ASSERT_EQ(source.commits.size(), 1U);
  EXPECT_THAT(source.commits[0], ElementsAre(Pair(kFirst, 1)));
  confirm();
  EXPECT_TRUE(flow->drained());
  EXPECT_EQ(dropped(DropReason::kReturned), 1U);
  read("c", "4");
  EXPECT_THAT(payloads(), ElementsAre("1"));
}

}  // namespace
}  // namespace mkb::dataplane
