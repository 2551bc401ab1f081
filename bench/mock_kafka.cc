#include "bench/mock_kafka.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <stdexcept>

namespace mkb::bench {

struct MockKafka::Handles {
  rd_kafka_t* client = nullptr;  // only lends the mock its threads
  rd_kafka_mock_cluster_t* cluster = nullptr;

  ~Handles() {
    if (cluster != nullptr) {
      rd_kafka_mock_cluster_destroy(cluster);
    }
    if (client != nullptr) {
      rd_kafka_destroy(client);
    }
  }
};

MockKafka::MockKafka(const std::vector<std::string>& topics, int partitions)
    : handles_(std::make_unique<Handles>()) {
  std::array<char, 256> reason{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "log_level", "3", nullptr, 0);  // it has no brokers, and would say so
  handles_->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason.data(), reason.size());
  if (handles_->client == nullptr) {
    throw std::runtime_error(reason.data());
  }
  handles_->cluster = rd_kafka_mock_cluster_new(handles_->client, 1);
  if (handles_->cluster == nullptr) {
    throw std::runtime_error("the mock Kafka cluster cannot start");
  }
  for (const std::string& topic : topics) {
    rd_kafka_mock_topic_create(handles_->cluster, topic.c_str(), partitions, 1);
  }
  bootstrap_ = rd_kafka_mock_cluster_bootstraps(handles_->cluster);
}

MockKafka::~MockKafka() = default;

}  // namespace mkb::bench
