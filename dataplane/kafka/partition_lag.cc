#include "dataplane/kafka/partition_lag.h"

#include <utility>

#include "dataplane/kafka/handles.h"

namespace mkb::dataplane {
namespace {

constexpr int kAnswerTimeoutMs = 1000;
constexpr auto kPause = std::chrono::seconds(2);

}  // namespace

PartitionLag::PartitionLag(rd_kafka_t* client, bool from_the_end)
    : client_(client), from_the_end_(from_the_end), thread_([this] { run(); }) {}

PartitionLag::~PartitionLag() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void PartitionLag::watch(std::vector<TopicPartition> partitions) {
  {
    const std::lock_guard lock(mutex_);
    partitions_ = std::move(partitions);
  }
  wake_.notify_all();
}

void PartitionLag::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::vector<TopicPartition> partitions = partitions_;
    lock.unlock();
    ask(partitions);
    lock.lock();
    wake_.wait_for(lock, kPause, [&] { return stopping_ || partitions_ != partitions; });
  }
}

void PartitionLag::ask(const std::vector<TopicPartition>& partitions) {
  if (partitions.empty()) {
    total_ = 0;
    return;
  }
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& each : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition);
  }
  if (rd_kafka_committed(client_, list.get(), kAnswerTimeoutMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  std::uint64_t total = 0;
  for (int i = 0; i < list->cnt; ++i) {
    if (stopping_) {
      return;
    }
    const rd_kafka_topic_partition_t& each = list->elems[i];
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (rd_kafka_query_watermark_offsets(client_, each.topic, each.partition, &low, &high,
                                         kAnswerTimeoutMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return;
    }
    std::int64_t next = from_the_end_ ? high : low;
    if (each.offset >= 0) {
      next = std::max(each.offset, low);
    }
    total += static_cast<std::uint64_t>(std::max<std::int64_t>(0, high - next));
  }
  total_ = total;
}

}  // namespace mkb::dataplane
