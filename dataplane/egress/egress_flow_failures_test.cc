#include "dataplane/egress/egress_flow_fixture.h"

namespace mkb::dataplane {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using EgressFlowFailures = EgressFlowFixture;

TEST_F(EgressFlowFailures, ARefusalIsTriedAgainWithDoublingDelays) {
  route.on_error.retries = 2;
  route.on_error.retry_delay = 1s;
  route.on_error.dead_letter_topic = "dlq";
  start();
  read("a", "1");
  refuse(0);
  EXPECT_EQ(counts().parked, 1U);
  clock.advance(999ms);
  flow->tick();
  EXPECT_EQ(publisher.sent.size(), 1U);
  clock.advance(1ms);
  flow->tick();
  ASSERT_EQ(publisher.sent.size(), 2U);
  refuse(1);
  clock.advance(1999ms);
  flow->tick();
  EXPECT_EQ(publisher.sent.size(), 2U);
  clock.advance(1ms);
  flow->tick();
  ASSERT_EQ(publisher.sent.size(), 3U);
  refuse(2);
  ASSERT_EQ(sink.letters.size(), 1U);
  EXPECT_EQ(sink.letters[0].headers["mkb-dlq-reason"], "refused");
  EXPECT_EQ(sink.letters[0].headers["mkb-dlq-error"], "vehicles/a/cmd: not authorized");
  EXPECT_EQ(sink.letters[0].headers["mkb-dlq-topic"], "vehicles/a/cmd");
  EXPECT_EQ(counts().retries, 2U);
}

TEST_F(EgressFlowFailures, ARefusalHoldsUpItsKeyAndNothingElse) {
  start();
  read("a", "1");
  read("a", "2");
  refuse(0);
  read("b", "3");
  EXPECT_THAT(payloads(), ElementsAre("1", "3"));
  clock.advance(1s);
  flow->tick();
  EXPECT_THAT(payloads(), ElementsAre("1", "3", "1"));
  acknowledge(2);
  EXPECT_THAT(payloads(), ElementsAre("1", "3", "1", "2"));
}

TEST_F(EgressFlowFailures, ADeadLetterSaysWhyAndWhereFrom) {
  route.on_error.dead_letter_topic = "dlq";
  start();
  read("x", "0");
  read(std::nullopt, "1");
  ASSERT_EQ(sink.letters.size(), 1U);
  EXPECT_EQ(sink.letters[0].value, "1");
  EXPECT_THAT(
      sink.letters[0].headers,
      ElementsAre(Pair("mkb-dlq-error", "${key}: the record has no key"), Pair("mkb-dlq-origin-offset", "1"),
                  Pair("mkb-dlq-origin-partition", "0"), Pair("mkb-dlq-origin-topic", "commands"),
                  Pair("mkb-dlq-reason", "template"), Pair("mkb-dlq-route", "commands"),
                  Pair("mkb-dlq-stage", "topic"), Pair("mkb-dlq-topic", "vehicles/${key}/cmd")));
  acknowledge(0);
  clock.advance(1s);
  flow->commit_if_due();
  EXPECT_THAT(source.commits.back(), ElementsAre(Pair(kFirst, 1)))
      << "not before the dead-letter topic has the record";
  confirm();
  flow->on_dead_lettered(sink.letters[0].id);
  EXPECT_EQ(counts().dead_lettered, 1U);
  clock.advance(1s);
  flow->commit_if_due();
  EXPECT_THAT(source.commits.back(), ElementsAre(Pair(kFirst, 2)));
}

TEST_F(EgressFlowFailures, TopicsThatNobodyMayPublishToAreRejected) {
  route.on_error.action = api::OnErrorAction::kDrop;
  start();
  for (const char* key : {"+", "#", "a/#", "\xff"}) {
    read(key, "x");
  }
  EXPECT_THAT(publisher.sent, IsEmpty());
  EXPECT_EQ(dropped(DropReason::kInvalidTopic), 4U);
}

TEST_F(EgressFlowFailures, ALargerPacketThanTheBrokerTakesIsNotSent) {
  route.on_error.action = api::OnErrorAction::kDrop;
  publisher.maximum = 150;
  start();
  read("a", std::string(10, 'x'));
  read("b", std::string(150, 'x'));
  EXPECT_EQ(publisher.sent.size(), 1U);
  EXPECT_EQ(dropped(DropReason::kTooLarge), 1U);
  EXPECT_THAT(counts().last_error, HasSubstr("the broker takes at most 150"));
}

TEST_F(EgressFlowFailures, BlockKeepsTheRecordAndItsPartitionsOffsetButNotOtherPartitions) {
  start();
  read(std::nullopt, "bad");
  for (int i = 0; i < 20; ++i) {
    read("k" + std::to_string(i), "good", 1);
    acknowledge(publisher.sent.size() - 1);
    clock.advance(1s);
    flow->commit_if_due();
    ASSERT_THAT(source.commits.back(), ElementsAre(Pair(kSecond, i + 1)));
    confirm();
    ASSERT_THAT(source.paused, IsEmpty());
  }
  EXPECT_EQ(counts().blocked, 1U);
  EXPECT_EQ(counts().delivered, 20U);
}

TEST_F(EgressFlowFailures, BehindABlockedRecordAPartitionIsReadOnlySoFar) {
  start();
  read(std::nullopt, "bad");
  for (int i = 0; i < 7; ++i) {
    ASSERT_THAT(source.paused, IsEmpty()) << i;
    read("k" + std::to_string(i), "good");
    acknowledge(publisher.sent.size() - 1);
  }
  EXPECT_THAT(source.paused, ElementsAre(kFirst));
  clock.advance(1h);
  flow->tick();
  EXPECT_THAT(source.commits, IsEmpty());
}

TEST_F(EgressFlowFailures, ABlockedKeyWithManyRecordsStopsItsPartitionOnly) {
  route.on_error.retries = 0;
  start();
  read("bad", "0");
  refuse(0);
  for (int i = 1; i < 4; ++i) {
    ASSERT_THAT(source.paused, IsEmpty()) << i;
    read("bad", std::to_string(i));
  }
  EXPECT_THAT(source.paused, ElementsAre(kFirst)) << "4 = maxInFlight are held";
  for (int i = 0; i < 20; ++i) {
    ASSERT_GT(flow->room(), 0U);
    read("good", "x", 1);
    acknowledge(publisher.sent.size() - 1);
    clock.advance(1s);
    flow->commit_if_due();
    confirm();
  }
  EXPECT_EQ(counts().delivered, 20U);
  EXPECT_THAT(source.paused, ElementsAre(kFirst));
}

TEST_F(EgressFlowFailures, WhatTheBrokerDoesNotOfferIsNotSent) {
  route.on_error.action = api::OnErrorAction::kDrop;
  route.qos = "2";
  publisher.highest_qos = 1;
  start();
  read("a", "1");
  EXPECT_THAT(publisher.sent, IsEmpty());
  EXPECT_THAT(counts().last_error, HasSubstr("no more than QoS 1"));
  publisher.highest_qos = 2;
  read("b", "2");
  EXPECT_EQ(publisher.sent.size(), 1U);
}

TEST_F(EgressFlowFailures, NobodyWaitsForADeadLetterOfALostPartition) {
  route.on_error.dead_letter_topic = "dlq";
  start();
  read(std::nullopt, "1");
  flow->on_lost({kFirst});
  EXPECT_THAT(sink.forgotten, ElementsAre(sink.letters.at(0).id));
}

TEST_F(EgressFlowFailures, ABlockedRefusalIsTriedAgain) {
  route.on_error.retries = 0;
  start();
  read("a", "1");
  refuse(0);
  EXPECT_EQ(counts().blocked, 1U);
  clock.advance(30s);
  flow->tick();
  ASSERT_EQ(publisher.sent.size(), 2U);
  EXPECT_EQ(counts().blocked, 0U);
  acknowledge(1);
  EXPECT_EQ(counts().delivered, 1U);
}

TEST_F(EgressFlowFailures, WhenTheDeadLetterTopicRefusesTheActionDecides) {
  route.on_error.dead_letter_topic = "dlq";
  route.on_error.action = api::OnErrorAction::kDrop;
  start();
  read(std::nullopt, "1");
  flow->on_dead_letter_refused(sink.letters.at(0).id, "too large");
  EXPECT_EQ(dropped(DropReason::kTemplate), 1U);
  EXPECT_THAT(counts().last_error, HasSubstr("too large"));
}

TEST_F(EgressFlowFailures, ManyBadRecordsOfOneKeyEndOneByOne) {
  route.max_in_flight = 60'000;
  route.on_error.action = api::OnErrorAction::kDrop;
  publisher.is_connected = false;
  start();
  for (int i = 0; i < 50'000; ++i) {
    read("+", "x");
  }
  publisher.is_connected = true;
  flow->on_connected(false);
  EXPECT_EQ(dropped(DropReason::kInvalidTopic), 50'000U);
}

TEST_F(EgressFlowFailures, ABlockedRecordOfARevokedPartitionGoesBack) {
  start();
  read(std::nullopt, "bad");
  read(std::nullopt, "bad", 1);
  flow->on_revoked({kFirst});
  EXPECT_THAT(source.released, ElementsAre(kFirst));
  EXPECT_EQ(dropped(DropReason::kReturned), 1U);
  EXPECT_EQ(counts().blocked, 1U);
}

TEST_F(EgressFlowFailures, AnExpiredRecordIsCountedAndNotSentOrDeadLettered) {
  route.message_expiry = 10s;
  route.on_error.dead_letter_topic = "dlq";
  publisher.is_connected = false;
  start();
  read("a", "1");
  clock.advance(11s);
  publisher.is_connected = true;
  flow->on_connected(false);
  EXPECT_THAT(publisher.sent, IsEmpty());
  EXPECT_THAT(sink.letters, IsEmpty());
  EXPECT_EQ(dropped(DropReason::kExpired), 1U);
}

}  // namespace
}  // namespace mkb::dataplane
