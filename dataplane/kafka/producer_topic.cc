#include "dataplane/kafka/producer_topic.h"

#include <chrono>
#include <limits>
#include <utility>

namespace mkb::dataplane {
namespace {

/// So long records that may go anywhere go to the same partition: full batches instead of many small ones
/// (KIP-480).
constexpr std::chrono::nanoseconds kSticky = std::chrono::milliseconds(10);

thread_local ProducerTopic::Admission* admission = nullptr;

}  // namespace

ProducerTopic::Admission::Admission(ProducerTopic& topic, const RecordTag* tag)
    : gate_(topic.gate()), tag_(tag) {
  admission = this;
}

ProducerTopic::Admission::~Admission() {
  admission = nullptr;
}

bool ProducerTopic::Admission::enter(std::int32_t partition) {
  partition_ = partition;
  refused_ = !gate_.enter(partition, tag_);
  return !refused_;
}

ProducerTopic::ProducerTopic(std::string name, rd_kafka_t* client) : name_(std::move(name)) {
  attach(client);
}

ProducerTopic& ProducerTopic::of(const rd_kafka_message_t* message) {
  return *static_cast<ProducerTopic*>(rd_kafka_topic_opaque(message->rkt));
}

void ProducerTopic::attach(rd_kafka_t* client) {
  rd_kafka_topic_conf_t* conf = rd_kafka_default_topic_conf_dup(client);
  rd_kafka_topic_conf_set_opaque(conf, this);
  rd_kafka_topic_conf_set_partitioner_cb(conf, choose_partition);
  topic_.reset(rd_kafka_topic_new(client, name_.c_str(), conf));
}

std::int32_t ProducerTopic::any_partition(const rd_kafka_topic_t* topic, std::int32_t partitions) {
  const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  std::int32_t partition = sticky_partition_.load(std::memory_order_relaxed);
  if (partition < 0 || partition >= partitions || now >= sticky_until_.load(std::memory_order_relaxed) ||
      rd_kafka_topic_partition_available(topic, partition) == 0) {
    partition = rd_kafka_msg_partitioner_random(topic, nullptr, 0, partitions, nullptr, nullptr);
    sticky_partition_.store(partition, std::memory_order_relaxed);
    sticky_until_.store(now + kSticky.count(), std::memory_order_relaxed);
  }
  return partition;
}

/// Called by librdkafka, on its own threads too, once the topic's partition count is known.
std::int32_t ProducerTopic::choose_partition(const rd_kafka_topic_t* topic, const void* key,
                                             std::size_t key_size, std::int32_t partitions, void* self,
                                             void* tag) {
  const PartitionChoice& choice = static_cast<const RecordTag*>(tag)->partition;
  std::int32_t partition = RD_KAFKA_PARTITION_UA;
  if (choice.strategy == api::PartitionStrategy::kRandom || (choice.by_partitioner() && key == nullptr)) {
    partition = static_cast<ProducerTopic*>(self)->any_partition(topic, partitions);
  } else if (choice.by_partitioner()) {
    partition = rd_kafka_msg_partitioner_murmur2(topic, key, key_size, partitions, nullptr, nullptr);
  } else {
    partition = choice.partition(partitions, 0).value_or(RD_KAFKA_PARTITION_UA);
  }
  if (admission == nullptr) {
    static_cast<ProducerTopic*>(self)->assigned_.store(partition);
    return partition;
  }
  // One that does not exist makes rd_kafka_produceva() take nothing.
  return admission->enter(partition) ? partition : std::numeric_limits<std::int32_t>::max();
}

}  // namespace mkb::dataplane
