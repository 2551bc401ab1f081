// KafkaProducer on librdkafka's mock cluster: a real client and real sockets, a broker that fails on demand.
// The end-to-end tests run the same producer on Apache Kafka.
#include "dataplane/kafka/kafka_producer.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>

#include <chrono>
#include <deque>
#include <map>

namespace mkb::dataplane {
namespace {

struct Tag : RecordTag {
  int number = 0;
};

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
      if (poll(&wait, 1, 100) == 1) {
        producer->poll();
      }
    }
  }

  void fail_next_produce(rd_kafka_resp_err_t error) {
    constexpr std::int16_t kProduceApi = 0;
    rd_kafka_mock_push_request_errors(cluster_, kProduceApi, 1, error);
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
