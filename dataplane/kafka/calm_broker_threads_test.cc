// On librdkafka's mock cluster; the end-to-end tests run the same on Apache Kafka.
#include "dataplane/kafka/calm_broker_threads.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "dataplane/kafka/handles.h"

namespace mkb::dataplane {
namespace {

using Client = std::unique_ptr<rd_kafka_t, KafkaDeleter<rd_kafka_destroy>>;
using Cluster = std::unique_ptr<rd_kafka_mock_cluster_t, KafkaDeleter<rd_kafka_mock_cluster_destroy>>;

Client make(rd_kafka_conf_t* conf) {
  char reason[256];
  return Client(rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason));
}

struct Outcome {
  std::uint64_t immediate = 0;
  double seconds = 0;
};

/// Sends records one after another while Kafka takes its time to answer: there is always a batch in flight
/// and another one that has waited for long enough.
Outcome send_for_a_while(bool calm) {
  const Client owner = make(rd_kafka_conf_new());
  const Cluster cluster(rd_kafka_mock_cluster_new(owner.get(), 1));
  rd_kafka_mock_topic_create(cluster.get(), "out", 1, 1);
  rd_kafka_mock_broker_set_rtt(cluster.get(), 1, 40);
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] :
       {std::pair("enable.idempotence", "true"), std::pair("linger.ms", "1"),
        std::pair("bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster.get()))}) {
    char reason[256];
    rd_kafka_conf_set(conf, name, value, reason, sizeof reason);
  }
  if (calm) calm_broker_threads(conf);
  const Client producer = make(conf);
  const KafkaTopic topic(rd_kafka_topic_new(producer.get(), "out", nullptr));
  const auto send = [&] {
    rd_kafka_produce(topic.get(), 0, RD_KAFKA_MSG_F_COPY, const_cast<char*>("x"), 1, nullptr, 0, nullptr);
  };
  send();
  EXPECT_EQ(rd_kafka_flush(producer.get(), 60'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  const std::uint64_t before = immediate_polls();
  const auto begun = std::chrono::steady_clock::now();
  const auto end = begun + std::chrono::seconds(2);
  while (std::chrono::steady_clock::now() < end) {
    send();
    rd_kafka_poll(producer.get(), 1);
  }
  Outcome outcome;
  outcome.immediate = immediate_polls() - before;
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  EXPECT_EQ(rd_kafka_flush(producer.get(), 60'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  return outcome;
}

// The first half is there to fail when a librdkafka comes that does not need this any more.
TEST(CalmBrokerThreadsTest, ABrokerThreadWaitsForItsBatchInsteadOfSpinning) {
  const Outcome as_it_is = send_for_a_while(false);
  const Outcome calm = send_for_a_while(true);
  const double spinning = static_cast<double>(as_it_is.immediate) / as_it_is.seconds;
  const double waiting = static_cast<double>(calm.immediate) / calm.seconds;
  EXPECT_GT(spinning, 5 * waiting) << "looks per second: " << spinning << " as it is, " << waiting << " calm";
}

TEST(CalmBrokerThreadsTest, OtherThreadsPollAsEver) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  pollfd reading{pipe_ends[0], POLLIN, 0};
  const std::uint64_t before = immediate_polls();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(poll(&reading, 1, 0), 0);
  EXPECT_GE(immediate_polls() - before, 10u);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(poll(&reading, 1, 30), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(29));
  ASSERT_EQ(write(pipe_ends[1], "x", 1), 1);
  EXPECT_EQ(poll(&reading, 1, -1), 1);
  EXPECT_EQ(reading.revents, POLLIN);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

}  // namespace
}  // namespace mkb::dataplane
