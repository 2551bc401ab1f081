// KafkaProducer on librdkafka's mock cluster: a real client and real sockets, a broker that fails on demand.
// The end-to-end tests run the same producer on Apache Kafka.
#include "dataplane/kafka/kafka_producer.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>

#include <chrono>
#include <deque>
#include <map>

#include "dataplane/kafka/unseen_by_thread_sanitizer.h"

namespace mkb::dataplane {
namespace {

struct Tag : RecordTag {
  int number = 0;
};

/// The numbers below `count`, dealt out to `partitions` in turn, partition by partition.
std::vector<std::string> dealt_out(int count, int partitions) {
  std::vector<std::string> numbers;
  for (int partition = 0; partition < partitions; ++partition) {
    for (int i = partition; i < count; i += partitions) numbers.push_back(std::to_string(i));
  }
  return numbers;
}

class KafkaProducerTest : public testing::Test, public ProducerEvents {
 protected:
  KafkaProducerTest() {
    char reason[256];
    owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
    cluster_ = rd_kafka_mock_cluster_new(owner_, 1);
    rd_kafka_mock_topic_create(cluster_, "out", 4, 1);
    properties = {{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_)},
                  {"enable.idempotence", "true"},
                  {"acks", "all"},
                  {"message.timeout.ms", "0"},
                  {"linger.ms", "1"}};
  }
  ~KafkaProducerTest() override {
    producer.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(owner_);
  }

  void make() {
    auto result = KafkaProducer::create(properties, *this);
    ASSERT_TRUE(result.ok()) << result.error().message();
    producer = std::move(*result);
  }

  // ProducerEvents
  void on_delivered(RecordTag* tag) override { delivered.push_back(static_cast<Tag*>(tag)->number); }
  void on_failed(RecordTag* tag, const DeliveryFailure& failure, OwnedRecord record) override {
    failed.push_back({static_cast<Tag*>(tag)->number, failure, std::move(record)});
  }
  void on_batch_end() override { ++batches; }
  void on_producer_error(const std::string& name, const std::string&) override { ++errors[name]; }
  void on_restarted() override { ++restarts; }

  ProduceStatus produce(int number, const OutgoingRecord& record, const char* topic = "out",
                        PartitionChoice partition = {}) {
    Tag& tag = tags.emplace_back();
    tag.number = number;
    tag.partition = partition;
    return producer->produce(producer->topic(topic), record, &tag);
  }

  /// Polls whenever the event descriptor says so, until `condition` holds.
  template <class Condition>
  void until(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the condition did not come true";
      pollfd wait{producer->event_fd(), POLLIN, 0};
      poll(&wait, 1, 100);
      producer->poll();  // now and then all the same
    }
  }

  /// Polls for that long: time for librdkafka to send what it has been given.
  void until_quiet(std::chrono::milliseconds duration) {
    const auto end = std::chrono::steady_clock::now() + duration;
    until([&] { return std::chrono::steady_clock::now() >= end; });
  }

  void fail_next_produce(rd_kafka_resp_err_t error) {
    constexpr std::int16_t kProduceApi = 0;
    rd_kafka_mock_push_request_errors(cluster_, kProduceApi, 1, error);
  }

  void without_leader(const char* topic, std::int32_t partition) {
    rd_kafka_mock_partition_set_leader(cluster_, topic, partition, -1);
  }
  void with_leader(const char* topic, std::int32_t partition) {
    rd_kafka_mock_partition_set_leader(cluster_, topic, partition, 1);
  }
  /// Answers of the broker take this long.
  void delay_answers(int ms) { rd_kafka_mock_broker_set_rtt(cluster_, 1, ms); }
  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  /// The values of `count` records of the topic, partition by partition, as a consumer reads them.
  std::vector<std::string> read(const char* topic, std::size_t count) const {
    [[maybe_unused]] const UnseenByThreadSanitizer unseen;
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char reason[256];
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap().c_str(), reason, sizeof reason);
    rd_kafka_conf_set(conf, "group.id", "reader", reason, sizeof reason);
    rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(4);
    for (std::int32_t p = 0; p < 4; ++p) {
      rd_kafka_topic_partition_list_add(all, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(consumer, all);
    std::map<std::int32_t, std::vector<std::string>> found;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (std::size_t n = 0; n < count && std::chrono::steady_clock::now() < deadline;) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 100);
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        found[message->partition].emplace_back(static_cast<const char*>(message->payload), message->len);
        ++n;
      }
      rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(all);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    std::vector<std::string> values;
    for (const auto& [partition, each] : found) values.insert(values.end(), each.begin(), each.end());
    return values;
  }

  struct Failed {
    int number;
    DeliveryFailure failure;
    OwnedRecord record;
  };

  KafkaProperties properties;
  std::unique_ptr<KafkaProducer> producer;
  std::deque<Tag> tags;
  std::vector<int> delivered;
  std::vector<Failed> failed;
  std::map<std::string, int> errors;
  int batches = 0;
  int restarts = 0;

 private:
  rd_kafka_t* owner_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

TEST_F(KafkaProducerTest, ReportsDeliveriesInBatches) {
  properties["linger.ms"] = "50";
  make();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(produce(i, {"key", "value", nullptr}), ProduceStatus::kQueued);
  }
  EXPECT_EQ(producer->outstanding(), 1000u);
  until([&] { return delivered.size() == 1000; });
  EXPECT_EQ(producer->outstanding(), 0u);
  EXPECT_LT(batches, 200);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(delivered[static_cast<std::size_t>(i)], i) << "one key, one partition, one order";
  }
}

TEST_F(KafkaProducerTest, AFailedRecordComesBackWhole) {
  make();
  fail_next_produce(RD_KAFKA_RESP_ERR_INVALID_RECORD);
  RecordHeaders headers;
  headers.add("a", "1");
  headers.add("b", std::string_view("\0x", 2));
  headers.add("a", "2");
  ASSERT_EQ(produce(1, {"", std::string_view("v\0w", 3), &headers}), ProduceStatus::kQueued);
  until([&] { return failed.size() == 1; });
  EXPECT_EQ(failed[0].failure.kind, DeliveryFailure::Kind::kPermanent);
  const OwnedRecord& record = failed[0].record;
  EXPECT_EQ(record.key, "") << "an empty key is a key";
  EXPECT_EQ(record.value, std::string("v\0w", 3));
  ASSERT_EQ(record.headers.size(), 3u);
  EXPECT_EQ(record.headers[1], std::make_pair(std::string("b"), std::string("\0x", 2)));
  EXPECT_EQ(record.headers[2], std::make_pair(std::string("a"), std::string("2")));
}

TEST_F(KafkaProducerTest, ARecordWithoutAKeyHasNone) {
  make();
  fail_next_produce(RD_KAFKA_RESP_ERR_INVALID_RECORD);
  ASSERT_EQ(produce(1, {std::nullopt, "v", nullptr}), ProduceStatus::kQueued);
  until([&] { return failed.size() == 1; });
  EXPECT_FALSE(failed[0].record.key);
}

TEST_F(KafkaProducerTest, RetriableErrorsAreLibrdkafkasToRetry) {
  make();
  fail_next_produce(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
  ASSERT_EQ(produce(1, {"k", "v", nullptr}), ProduceStatus::kQueued);
  until([&] { return delivered.size() == 1; });
  EXPECT_TRUE(failed.empty());
}

TEST_F(KafkaProducerTest, AFullQueueTakesNothingAndHasRoomLater) {
  properties["queue.buffering.max.messages"] = "10";
  properties["linger.ms"] = "500";
  make();
  int queued = 0;
  while (produce(queued, {"k", "v", nullptr}) == ProduceStatus::kQueued) {
    ++queued;
    ASSERT_LE(queued, 10);
  }
  EXPECT_EQ(queued, 10);
  EXPECT_EQ(produce(99, {"k", "v", nullptr}), ProduceStatus::kQueueFull);
  until([&] { return delivered.size() == 10; });
  EXPECT_EQ(produce(100, {"k", "v", nullptr}), ProduceStatus::kQueued);
}

TEST_F(KafkaProducerTest, ARecordAboveTheLimitIsRefusedAtOnce) {
  properties["message.max.bytes"] = "2000";
  make();
  EXPECT_EQ(produce(1, {"k", std::string(5000, 'x'), nullptr}), ProduceStatus::kTooLarge);
  EXPECT_EQ(producer->outstanding(), 0u);
}

TEST_F(KafkaProducerTest, AFixedPartitionThatDoesNotExistFails) {
  make();
  ASSERT_EQ(produce(0, {"k", "v", nullptr}), ProduceStatus::kQueued);
  until([&] { return delivered.size() == 1; });
  const PartitionChoice ninth{api::PartitionStrategy::kFixed, 9};
  const auto status = produce(1, {"k", "v", nullptr}, "out", ninth);
  if (status == ProduceStatus::kFailed) {
    EXPECT_EQ(producer->failure().kind, DeliveryFailure::Kind::kTopic);
    EXPECT_NE(producer->failure().message.find("partition"), std::string::npos);
  } else {
    ASSERT_EQ(status, ProduceStatus::kQueued);
    until([&] { return failed.size() == 1; });
    EXPECT_EQ(failed[0].failure.kind, DeliveryFailure::Kind::kTopic);
  }
}

TEST_F(KafkaProducerTest, AFatalErrorStartsANewProducerAndLosesNothing) {
  make();
  ASSERT_EQ(produce(0, {"k", "v", nullptr}), ProduceStatus::kQueued);
  until([&] { return delivered.size() == 1; });
  producer->inject_fatal_error();
  int in_flight = 0;
  for (int i = 1; i <= 10; ++i) {
    const auto status = produce(i, {"k", "v", nullptr});
    in_flight += status == ProduceStatus::kQueued ? 1 : 0;
    ASSERT_TRUE(status == ProduceStatus::kQueued || status == ProduceStatus::kRestarting);
  }
  until([&] { return restarts == 1; });
  EXPECT_EQ(producer->outstanding(), 0u);
  EXPECT_EQ(delivered.size() - 1 + failed.size(), static_cast<std::size_t>(in_flight));
  for (const Failed& each : failed) {
    EXPECT_EQ(each.failure.kind, DeliveryFailure::Kind::kRestart);
  }
  const std::size_t before = delivered.size();
  ASSERT_EQ(produce(11, {"k", "v", nullptr}), ProduceStatus::kQueued);
  until([&] { return delivered.size() == before + 1; });
  EXPECT_EQ(producer->restarts(), 1u);
}

// The mock broker takes any sequence number, as a real one does from a producer that it does not know yet.
TEST_F(KafkaProducerTest, ARefusedFirstRecordIsNotOvertaken) {
  properties["linger.ms"] = "0";
  properties["retry.backoff.ms"] = "200";
  make();
  delay_answers(100);
  fail_next_produce(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(produce(i, {"k", std::to_string(i), nullptr}), ProduceStatus::kQueued);
    // Each in a batch of its own, and all of them in flight, if nothing holds them back.
    until_quiet(std::chrono::milliseconds(10));
  }
  until([&] { return delivered.size() == 5; });
  EXPECT_EQ(read("out", 5), (std::vector<std::string>{"0", "1", "2", "3", "4"}));
}

TEST_F(KafkaProducerTest, AfterAFirstRecordThatIsRefusedForGoodTheNextOneIsFirst) {
  make();
  fail_next_produce(RD_KAFKA_RESP_ERR_INVALID_RECORD);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(produce(i, {"k", std::to_string(i), nullptr}), ProduceStatus::kQueued);
  }
  EXPECT_EQ(producer->outstanding(), 3u);
  until([&] { return delivered.size() == 2; });
  EXPECT_EQ(producer->outstanding(), 0u);
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].failure.kind, DeliveryFailure::Kind::kPermanent);
  EXPECT_EQ(delivered, (std::vector<int>{1, 2}));
}

TEST_F(KafkaProducerTest, AFirstRecordThatFailsForNowGivesBackThoseBehindIt) {
  make();
  fail_next_produce(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(produce(i, {"k", std::to_string(i), nullptr}), ProduceStatus::kQueued);
  }
  until([&] { return failed.size() == 3; });
  EXPECT_EQ(producer->outstanding(), 0u);
  EXPECT_EQ(failed[0].failure.kind, DeliveryFailure::Kind::kTopic);
  for (const int i : {1, 2}) {
    const auto& each = failed[static_cast<std::size_t>(i)];
    EXPECT_EQ(each.number, i);
    EXPECT_EQ(each.failure.kind, DeliveryFailure::Kind::kBehind);
    EXPECT_EQ(each.record.value, std::to_string(i));
    EXPECT_EQ(each.record.key, "k");
  }
  // librdkafka refuses everything for the topic until it has asked again.
  until([&] { return produce(3, {"k", "v", nullptr}) == ProduceStatus::kQueued; });
  until([&] { return delivered.size() == 1; });
}

// A partition without a leader may stay so for hours: the others go on.
TEST_F(KafkaProducerTest, APartitionWithoutALeaderStopsNoOther) {
  without_leader("out", 0);
  make();
  const auto fixed = [](std::int32_t value) {
    return PartitionChoice{api::PartitionStrategy::kTopic, value};
  };
  ASSERT_EQ(produce(0, {"k", "v", nullptr}, "out", fixed(0)), ProduceStatus::kQueued);
  for (int i = 1; i < 9; ++i) {
    ASSERT_EQ(produce(i, {"k", "v", nullptr}, "out", fixed(i % 4)), ProduceStatus::kQueued);
  }
  until([&] { return delivered.size() == 6; });
  EXPECT_EQ(producer->outstanding(), 3u);
  with_leader("out", 0);
  until([&] { return delivered.size() == 9; });
  EXPECT_EQ(std::vector<int>(delivered.end() - 3, delivered.end()), (std::vector<int>{0, 4, 8}));
}

TEST_F(KafkaProducerTest, AllPartitionsAndHeadersSurviveTheWait) {
  make();
  RecordHeaders headers;
  headers.add("h", "1");
  for (int i = 0; i < 40; ++i) {
    const PartitionChoice partition{api::PartitionStrategy::kFixed, i % 4};
    ASSERT_EQ(produce(i, {std::nullopt, std::to_string(i), &headers}, "out", partition),
              ProduceStatus::kQueued);
  }
  until([&] { return delivered.size() == 40; });
  EXPECT_EQ(producer->outstanding(), 0u);
  EXPECT_EQ(read("out", 40), dealt_out(40, 4));
}

// librdkafka would send records without a key wherever it likes.
TEST_F(KafkaProducerTest, WithoutAKeyTheMqttTopicDecidesAllTheSame) {
  make();
  for (int i = 0; i < 60; ++i) {
    const PartitionChoice by_topic{api::PartitionStrategy::kTopic, i % 3};
    ASSERT_EQ(produce(i, {std::nullopt, std::to_string(i), nullptr}, "out", by_topic),
              ProduceStatus::kQueued);
    if (i % 20 == 0) until_quiet(std::chrono::milliseconds(15));
  }
  until([&] { return delivered.size() == 60; });
  EXPECT_EQ(read("out", 60), dealt_out(60, 3));
}

TEST_F(KafkaProducerTest, WhatMayGoAnywhereGoesToOnePartitionForAWhileAndThenToOthers) {
  make();
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(produce(i, {std::nullopt, std::to_string(i), nullptr}), ProduceStatus::kQueued);
    if (i % 40 == 39) until_quiet(std::chrono::milliseconds(2));
  }
  until([&] { return delivered.size() == 2000; });
  const auto values = read("out", 2000);
  // Numbers that follow each other in a partition: with a choice for each record it would be a quarter.
  int neighbours = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    neighbours += std::stoi(values[i]) == std::stoi(values[i - 1]) + 1 ? 1 : 0;
  }
  EXPECT_GT(neighbours, 1000);
  EXPECT_LT(neighbours, 1999) << "all in one partition";
}

TEST_F(KafkaProducerTest, ProbeTellsWhetherKafkaIsThere) {
  make();
  producer->topic("out");
  const auto answer = producer->probe(20'000);
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_TRUE(answer->empty());
  properties["bootstrap.servers"] = "127.0.0.1:1";
  make();
  EXPECT_FALSE(producer->probe(100).ok());
}

TEST_F(KafkaProducerTest, UnknownPropertiesAreNamed) {
  properties["no.such.property"] = "1";
  const auto result = KafkaProducer::create(properties, *this);
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().is(KafkaConfigError::kProperty));
  EXPECT_NE(result.error().message().find("no.such.property"), std::string::npos);
}

TEST_F(KafkaProducerTest, GoingAwayWithRecordsInFlightDoesNotWait) {
  properties["bootstrap.servers"] = "127.0.0.1:1";
  make();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(produce(i, {"k", "v", nullptr}), ProduceStatus::kQueued);
  }
  producer.reset();
  EXPECT_TRUE(delivered.empty());
}

}  // namespace
}  // namespace mkb::dataplane
