#include "dataplane/flow/dispatcher.h"

#include <gtest/gtest.h>

#include "dataplane/flow/dispatcher_test_fixture.h"

namespace mkb::dataplane {
namespace {

using Kind = DeliveryFailure::Kind;

TEST_F(DispatcherTest, ConfirmsAfterTheDeliveryReport) {
  make({route("r")});
  send(1);
  ASSERT_EQ(producer.records.size(), 1u);
  EXPECT_EQ(producer.records[0].topic, "out");
  EXPECT_EQ(producer.records[0].value, "payload-1");
  EXPECT_TRUE(source.confirmed.empty());
  EXPECT_EQ(route_counts().in_flight, 1u);
  producer.deliver(0);
  EXPECT_EQ(source.confirmed, (std::vector<std::uint16_t>{1}));
  EXPECT_EQ(source.flushes, 0) << "only once for the batch";
  dispatcher->on_batch_end();
  EXPECT_EQ(source.flushes, 1);
  EXPECT_EQ(route_counts().delivered, 1u);
  EXPECT_EQ(route_counts().latency.count, 1u);
  expect_balanced();
}

TEST_F(DispatcherTest, AMessageOfSeveralRoutesIsConfirmedAfterTheLast) {
  make({route("one"), route("two"), route("three")});
  send(1, {0, 1, 2});
  ASSERT_EQ(producer.records.size(), 3u);
  producer.deliver(1);
  producer.deliver(2);
  EXPECT_TRUE(source.confirmed.empty());
  producer.deliver(0);
  EXPECT_EQ(source.confirmed.size(), 1u);
  expect_balanced();
}

TEST_F(DispatcherTest, AMessageWithoutARouteIsConfirmedAtOnce) {
  make({route("r")});
  send(1, {});
  EXPECT_EQ(source.confirmed.size(), 1u);
  EXPECT_TRUE(producer.records.empty());
}

TEST_F(DispatcherTest, AFullQueueStopsAcceptingAndKeepsTheOrder) {
  make({route("r")});
  send(1);
  producer.status = ProduceStatus::kQueueFull;
  send(2);
  EXPECT_FALSE(dispatcher->accepting());
  send(3);  // another session was in the middle of its read
  EXPECT_EQ(snapshot().kafka.pauses, 1u);
  producer.status = ProduceStatus::kQueued;
  producer.deliver(0);
  dispatcher->on_batch_end();
  EXPECT_TRUE(dispatcher->accepting());
  EXPECT_EQ(source.resumes, 1);
  EXPECT_EQ(producer.values(), (std::vector<std::string>{"payload-1", "payload-2", "payload-3"}));
  expect_balanced();
}

TEST_F(DispatcherTest, ATransientFailureIsRetriedAfterABackoffInOrder) {
  make({route("r")});
  send(1);
  send(2);
  producer.fail(0, {Kind::kRetry, DropReason::kRejected, "NOT_ENOUGH_REPLICAS", "not enough replicas"});
  producer.fail(1, {Kind::kRetry, DropReason::kRejected, "NOT_ENOUGH_REPLICAS", "not enough replicas"});
  send(3);
  EXPECT_EQ(producer.records.size(), 2u) << "the third waits behind the first two";
  EXPECT_EQ(route_counts().parked, 3u);
  EXPECT_EQ(route_counts().last_error, "not enough replicas");
  EXPECT_EQ(snapshot().kafka.errors.at("NOT_ENOUGH_REPLICAS"), 2u);
  clock.time += std::chrono::seconds(31);
  dispatcher->tick();
  EXPECT_EQ(producer.values(),
            (std::vector<std::string>{"payload-1", "payload-2", "payload-1", "payload-2", "payload-3"}));
  EXPECT_EQ(producer.records[2].key, producer.records[0].key);
  EXPECT_EQ(producer.records[2].headers, producer.records[0].headers);
  EXPECT_TRUE(source.confirmed.empty());
  for (std::size_t i = 2; i < 5; ++i) {
    producer.deliver(i);
  }
  EXPECT_EQ(source.confirmed, (std::vector<std::uint16_t>{1, 2, 3}));
  EXPECT_EQ(route_counts().retries, 3u);
  expect_balanced();
}

TEST_F(DispatcherTest, AMissingConfiguredTopicIsWaitedFor) {
  make({route("r")});
  send(1);
  producer.fail(0, unknown_topic());
  EXPECT_EQ(route_counts().parked, 1u);
  EXPECT_EQ(route_counts().dropped, Counts{});
  send_qos0(2);
  EXPECT_EQ(route_counts().dropped[index(DropReason::kKafkaUnavailable)], 1u)
      << "QoS 0 cannot be held back, so it is counted";
  expect_balanced();
}

TEST_F(DispatcherTest, AMissingTopicOfAMessageIsThatMessagesError) {
  api::MqttToKafkaRoute spec = route("r", "t.${topic[1]}");
  spec.on_error.action = api::OnErrorAction::kDrop;
  make({spec});
  send(1);
  producer.fail(0, unknown_topic());
  EXPECT_EQ(route_counts().dropped[index(DropReason::kUnknownTopic)], 1u);
  EXPECT_EQ(source.confirmed.size(), 1u);
  expect_balanced();
}

TEST_F(DispatcherTest, APermanentErrorGoesToTheDeadLetterTopicWithItsReason) {
  make({route("r", "out", "dlq")});
  send(1);
  producer.fail(0, {Kind::kPermanent, DropReason::kRejected, "INVALID_RECORD", "refused by the broker"});
  ASSERT_EQ(producer.records.size(), 2u);
  EXPECT_EQ(producer.records[1].topic, "dlq");
  EXPECT_EQ(producer.records[1].value, "payload-1");
  EXPECT_EQ(producer.records[1].header("mkb-dlq-reason"), "rejected");
  EXPECT_EQ(producer.records[1].header("mkb-dlq-stage"), "produce");
  EXPECT_EQ(producer.records[1].header("mkb-dlq-topic"), "out");
  EXPECT_EQ(producer.records[1].header("mkb-dlq-route"), "r");
  EXPECT_EQ(producer.records[1].header("mkb-dlq-error"), "refused by the broker");
  EXPECT_EQ(producer.records[1].header("mqtt.topic"), "v/car/t");
  EXPECT_TRUE(source.confirmed.empty());
  producer.deliver(1);
  EXPECT_EQ(source.confirmed.size(), 1u);
  EXPECT_EQ(route_counts().dead_lettered, 1u);
  EXPECT_EQ(route_counts().delivered, 0u);
  expect_balanced();
}

TEST_F(DispatcherTest, ATemplateErrorGoesToTheDeadLetterTopic) {
  api::MqttToKafkaRoute spec = route("r", "out", "dlq");
  spec.key = "${payload.id}";
  make({spec});
  send(1);
  ASSERT_EQ(producer.records.size(), 1u);
  EXPECT_EQ(producer.records[0].topic, "dlq");
  EXPECT_EQ(producer.records[0].header("mkb-dlq-reason"), "template");
  EXPECT_EQ(producer.records[0].header("mkb-dlq-stage"), "key");
  producer.deliver(0);
  EXPECT_EQ(route_counts().dead_lettered, 1u);
  expect_balanced();
}

TEST_F(DispatcherTest, WithoutADeadLetterTopicBlockHoldsTheMessage) {
  make({route("r")});
  send(1);
  producer.fail(0, {Kind::kPermanent, DropReason::kRejected, "INVALID_RECORD", "refused"});
  EXPECT_TRUE(source.confirmed.empty());
  EXPECT_EQ(route_counts().blocked, 1u);
  EXPECT_EQ(route_counts().in_flight, 1u);
  clock.time += std::chrono::hours(1);
  dispatcher->tick();
  EXPECT_EQ(producer.records.size(), 1u);
  expect_balanced();
}

TEST_F(DispatcherTest, WithoutADeadLetterTopicDropCounts) {
  api::MqttToKafkaRoute spec = route("r");
  spec.on_error.action = api::OnErrorAction::kDrop;
  make({spec});
  send(1);
  producer.fail(0, {Kind::kPermanent, DropReason::kRejected, "INVALID_RECORD", "refused"});
  EXPECT_EQ(source.confirmed.size(), 1u);
  EXPECT_EQ(route_counts().dropped[index(DropReason::kRejected)], 1u);
  expect_balanced();
}

TEST_F(DispatcherTest, ADeadLetterThatIsRefusedFollowsTheAction) {
  make({route("r", "out", "dlq")});
  send(1);
  const DeliveryFailure refused{Kind::kPermanent, DropReason::kRejected, "INVALID_RECORD", "refused"};
  producer.fail(0, refused);
  producer.fail(1, refused);
  EXPECT_EQ(producer.records.size(), 2u);
  EXPECT_EQ(route_counts().blocked, 1u);
  EXPECT_TRUE(source.confirmed.empty());
  expect_balanced();
}

TEST_F(DispatcherTest, ARecordRefusedForSizeIsTriedAloneFirst) {
  make({route("r", "out", "dlq")});
  send(1);
  const DeliveryFailure too_large{Kind::kPermanent, DropReason::kTooLarge, "MSG_SIZE_TOO_LARGE", "too large"};
  producer.fail(0, too_large);
  EXPECT_EQ(producer.records.size(), 1u);
  ASSERT_EQ(isolated.records.size(), 1u) << "its batch may have been too large, not the record";
  EXPECT_EQ(isolated.records[0].topic, "out");
  isolated.deliver(0);
  EXPECT_EQ(route_counts().delivered, 1u);
  send(2);
  producer.fail(1, too_large);
  isolated.fail(1, too_large);
  ASSERT_EQ(producer.records.size(), 3u);
  EXPECT_EQ(producer.records[2].topic, "dlq");
  EXPECT_EQ(producer.records[2].header("mkb-dlq-reason"), "too_large");
  expect_balanced();
}

TEST_F(DispatcherTest, ARecordLargerThanTheProducerSendsIsRejectedAtOnce) {
  make({route("r", "out", "dlq")});
  producer.too_large_topic = "out";
  send(1);
  ASSERT_EQ(producer.records.size(), 1u);
  EXPECT_EQ(producer.records[0].topic, "dlq");
  EXPECT_EQ(producer.records[0].header("mkb-dlq-reason"), "too_large");
  expect_balanced();
}

TEST_F(DispatcherTest, ARestartOfTheProducerLosesNothingAndKeepsTheOrder) {
  make({route("r")});
  send(1);
  send(2);
  const DeliveryFailure restart{Kind::kRestart, DropReason::kRejected, "_PURGE_QUEUE", "restarting"};
  producer.status = ProduceStatus::kRestarting;
  producer.fail(0, restart);
  producer.fail(1, restart);
  send(3);
  clock.time += std::chrono::minutes(5);
  dispatcher->tick();
  EXPECT_EQ(producer.records.size(), 2u) << "nothing is tried before the new producer is there";
  producer.status = ProduceStatus::kQueued;
  dispatcher->on_restarted();
  EXPECT_EQ(producer.values(),
            (std::vector<std::string>{"payload-1", "payload-2", "payload-1", "payload-2", "payload-3"}));
  EXPECT_TRUE(snapshot().kafka.errors.empty());
  expect_balanced();
}

TEST_F(DispatcherTest, WhatWasBehindAParkedRecordIsParkedBehindIt) {
  make({route("r")});
  for (std::uint16_t id = 1; id <= 3; ++id) send(id);
  send_qos0(4);
  const DeliveryFailure behind{Kind::kBehind, DropReason::kRejected, {}, {}};
  producer.fail(0, unknown_topic());
  for (const std::size_t i : {1, 2, 3}) producer.fail(i, behind);
  EXPECT_EQ(producer.records.size(), 4u);
  EXPECT_EQ(route_counts().parked, 3u) << "as any QoS 0 message of a topic that waits, it is dropped";
  EXPECT_EQ(snapshot().kafka.errors.size(), 1u) << "of the one that failed";
  clock.time += std::chrono::minutes(1);
  dispatcher->tick();
  EXPECT_EQ(producer.values(), (std::vector<std::string>{"payload-1", "payload-2", "payload-3", "payload-4",
                                                         "payload-1", "payload-2", "payload-3"}));
  expect_balanced();
}

TEST_F(DispatcherTest, WhatWasBehindARefusedRecordIsSentAtOnce) {
  make({route("r", "out", "dlq")});
  send(1);
  send(2);
  producer.fail(0, {Kind::kPermanent, DropReason::kRejected, "INVALID_RECORD", "refused"});
  producer.fail(1, {Kind::kBehind, DropReason::kRejected, {}, {}});
  ASSERT_EQ(producer.records.size(), 4u);
  EXPECT_EQ(producer.records[2].topic, "dlq");
  EXPECT_EQ(producer.records[3].topic, "out");
  EXPECT_EQ(producer.records[3].value, "payload-2");
  expect_balanced();
}

TEST_F(DispatcherTest, WhatWasBehindARefusedRecordStaysBeforeWhatWaitsForRoom) {
  make({route("r")});
  for (std::uint16_t id = 1; id <= 3; ++id) send(id);
  producer.status = ProduceStatus::kQueueFull;
  send(4);
  producer.fail(0, {Kind::kPermanent, DropReason::kRejected, "INVALID_RECORD", "refused"});
  const DeliveryFailure behind{Kind::kBehind, DropReason::kRejected, {}, {}};
  producer.fail(1, behind);
  producer.fail(2, behind);
  producer.status = ProduceStatus::kQueued;
  dispatcher->on_batch_end();
  EXPECT_EQ(producer.values(), (std::vector<std::string>{"payload-1", "payload-2", "payload-3", "payload-2",
                                                         "payload-3", "payload-4"}));
  expect_balanced();
}

TEST_F(DispatcherTest, AResumedSessionTakesHeldQos1MessagesBack) {
  make({route("r")});
  send(1);
  send(2, {0}, 2);
  producer.fail(0, unknown_topic());
  producer.fail(1, unknown_topic());
  EXPECT_EQ(route_counts().parked, 2u);
  ++source.connection;
  dispatcher->on_session_resumed(source);
  EXPECT_EQ(route_counts().parked, 1u) << "the QoS 2 message is recognised when it comes again";
  EXPECT_EQ(route_counts().dropped[index(DropReason::kReturned)], 1u);
  expect_balanced();
  send(3);
  dispatcher->on_session_resumed(source);
  EXPECT_EQ(route_counts().parked, 2u) << "messages of the current connection stay";
  expect_balanced();
}

TEST_F(DispatcherTest, ALostSessionKeepsWhatCanStillBeDelivered) {
  make({route("r")});
  send(1);
  send(2);
  producer.fail(0, unknown_topic());
  producer.fail(1, {Kind::kPermanent, DropReason::kRejected, "INVALID_RECORD", "refused"});
  source.session = ++source.connection;
  dispatcher->on_session_lost(source);
  EXPECT_EQ(route_counts().parked, 1u);
  EXPECT_EQ(route_counts().blocked, 0u);
  EXPECT_EQ(route_counts().dropped[index(DropReason::kRejected)], 1u);
  expect_balanced();
}

TEST_F(DispatcherTest, WhatSurvivedALostSessionIsKeptWhenTheNextOneIsResumed) {
  make({route("r")});
  send(1);
  send(2);
  producer.fail(0, unknown_topic());
  source.session = ++source.connection;
  dispatcher->on_session_lost(source);
  ++source.connection;
  dispatcher->on_session_resumed(source);
  EXPECT_EQ(route_counts().parked, 1u) << "the broker has forgotten it: this is the only copy";
  producer.fail(1, {Kind::kPermanent, DropReason::kRejected, "INVALID_RECORD", "refused"});
  EXPECT_EQ(route_counts().blocked, 0u) << "there is no acknowledgement to withhold any more";
  EXPECT_EQ(route_counts().dropped[index(DropReason::kRejected)], 1u);
  expect_balanced();
}

TEST_F(DispatcherTest, ARecordRefusedAtOnceWaitsBehindOlderOnesThatFailLater) {
  make({route("r")});
  send(1);
  send(2);
  producer.status = ProduceStatus::kFailed;
  producer.sync_failure = unknown_topic();
  send(3);
  producer.fail(0, unknown_topic());
  producer.fail(1, unknown_topic());
  producer.status = ProduceStatus::kQueued;
  clock.time += std::chrono::minutes(1);
  dispatcher->tick();
  EXPECT_EQ(producer.values(),
            (std::vector<std::string>{"payload-1", "payload-2", "payload-1", "payload-2", "payload-3"}));
  expect_balanced();
}

TEST_F(DispatcherTest, ARestartWithAFullQueueKeepsTheOrder) {
  make({route("r")});
  send(1);
  producer.status = ProduceStatus::kQueueFull;
  send(2);
  const DeliveryFailure restart{Kind::kRestart, DropReason::kRejected, "_PURGE_QUEUE", "restarting"};
  producer.fail(0, restart);
  producer.status = ProduceStatus::kQueued;
  dispatcher->on_restarted();
  dispatcher->on_batch_end();
  EXPECT_EQ(producer.values(), (std::vector<std::string>{"payload-1", "payload-1", "payload-2"}));
  EXPECT_TRUE(dispatcher->accepting());
  expect_balanced();
}

TEST_F(DispatcherTest, ARecordThatNotEvenAnEmptyQueueTakesIsTooLarge) {
  make({route("r")});
  producer.status = ProduceStatus::kQueueFull;
  send(1);
  EXPECT_TRUE(dispatcher->accepting());
  EXPECT_EQ(route_counts().blocked, 1u);
  EXPECT_NE(route_counts().last_error.find("queue.buffering.max.kbytes"), std::string::npos);
  expect_balanced();
}

TEST_F(DispatcherTest, TopicsMadeFromMessagesAreBounded) {
  options.topics_limit = 3;
  api::MqttToKafkaRoute spec = route("r", "t.${payload}", "dlq");
  spec.key.reset();
  make({spec});
  for (std::uint16_t id = 1; id <= 4; ++id) {
    send(id);
  }
  ASSERT_EQ(producer.records.size(), 4u);
  EXPECT_EQ(producer.records[1].topic, "t.payload-2");
  EXPECT_EQ(producer.records[2].topic, "dlq");
  EXPECT_EQ(producer.records[2].header("mkb-dlq-reason"), "invalid_topic");
  expect_balanced();
}

TEST_F(DispatcherTest, ParkedBytesAreBounded) {
  options.parked_bytes_limit = 10;
  make({route("r")});
  send(1);
  send(2);
  producer.fail(0, unknown_topic());
  EXPECT_FALSE(dispatcher->accepting());
  clock.time += std::chrono::minutes(1);
  dispatcher->tick();
  EXPECT_TRUE(dispatcher->accepting());
  EXPECT_EQ(source.resumes, 1);
  expect_balanced();
}

TEST_F(DispatcherTest, DrainingAcceptsNothingAndCountsWhatIsOut) {
  make({route("r")});
  send(1);
  dispatcher->stop_accepting();
  EXPECT_FALSE(dispatcher->accepting());
  EXPECT_EQ(dispatcher->outstanding(), 1u);
  producer.deliver(0);
  dispatcher->on_batch_end();
  EXPECT_EQ(dispatcher->outstanding(), 0u);
  EXPECT_FALSE(dispatcher->accepting());
  EXPECT_EQ(source.resumes, 0);
}

TEST_F(DispatcherTest, AMessageOfThisBridgeIsALoop) {
  make({route("r")});
  mqtt::Properties properties;
  properties.add_user_property("mkb-origin", "uid");
  publish(1, {0}, 1, properties.view());
  EXPECT_TRUE(producer.records.empty());
  EXPECT_EQ(source.confirmed.size(), 1u);
  EXPECT_EQ(route_counts().dropped[index(DropReason::kLoop)], 1u);
  expect_balanced();
}

TEST_F(DispatcherTest, AProblemOfAConfiguredTopicShowsBeforeAnyRecord) {
  make({route("r", "out", "dlq")});
  dispatcher->report_topic_problem("out", "Kafka topic 'out' does not exist");
  EXPECT_EQ(route_counts().last_error, "Kafka topic 'out' does not exist");
  dispatcher->report_topic_problem("dlq", "Kafka topic 'dlq' does not exist");
  EXPECT_EQ(route_counts().last_error, "Kafka topic 'dlq' does not exist");
}

// Whatever Kafka does, every message is confirmed exactly once or is still held, order per topic is kept, and
// the counts add up at every step.
TEST_F(DispatcherTest, CountsAddUpOverRandomHistories) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    reset();
    std::mt19937 random(seed);
    make({route("one", "a"), route("two", "b", "dlq"), route("three", "c.${topic[1]}")});
    std::uint16_t id = 0;
    for (int step = 0; step < 600; ++step) {
      const auto what = static_cast<unsigned>(random() % 20);
      if (what < 9) {
        producer.status = random() % 8 == 0 ? ProduceStatus::kQueueFull : ProduceStatus::kQueued;
        std::vector<std::uint32_t> routes;
        for (std::uint32_t each = 0; each < 3; ++each) {
          if (random() % 2 == 0) {
            routes.push_back(each);
          }
        }
        send(++id, routes, static_cast<std::uint8_t>(random() % 3));
      } else if (what < 17) {
        FakeProducer& lane = random() % 4 == 0 ? isolated : producer;
        if (const auto open = lane.oldest_open()) {
          const auto outcome = random() % 8;
          if (outcome < 5) {
            lane.deliver(*open);
          } else if (outcome == 5) {
            lane.fail(*open, {Kind::kRetry, DropReason::kRejected, "E", "again"});
          } else if (outcome == 6) {
            lane.fail(*open, unknown_topic());
          } else {
            lane.fail(*open, {Kind::kPermanent, DropReason::kTooLarge, "L", "large"});
          }
        }
      } else if (what == 17) {
        producer.status = ProduceStatus::kQueued;
        dispatcher->on_batch_end();
      } else if (what == 18) {
        clock.time += std::chrono::seconds(random() % 40);
        dispatcher->tick();
      } else if (random() % 5 == 0) {
        ++source.connection;
        dispatcher->on_session_resumed(source);
      }
      expect_balanced();
    }
    producer.status = ProduceStatus::kQueued;
    for (int round = 0; round < 50; ++round) {
      clock.time += std::chrono::minutes(1);
      dispatcher->tick();
      for (FakeProducer* lane : {&producer, &isolated}) {
        while (const auto open = lane->oldest_open()) {
          lane->deliver(*open);
        }
      }
      dispatcher->on_batch_end();
    }
    const Snapshot end = snapshot();
    std::uint64_t blocked = 0;
    for (const RouteSnapshot& route : end.routes) {
      EXPECT_EQ(route.in_flight, route.blocked) << "seed " << seed;
      blocked += route.blocked;
    }
    EXPECT_LE(blocked + source.confirmed.size(), 3u * id);
    std::sort(source.confirmed.begin(), source.confirmed.end());
    EXPECT_EQ(std::adjacent_find(source.confirmed.begin(), source.confirmed.end()), source.confirmed.end());
    if (blocked == 0) {
      EXPECT_EQ(source.confirmed.size(), id);
    }
  }
}

}  // namespace
}  // namespace mkb::dataplane
