#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "dataplane/kafka/consumed_record.h"

namespace mkb::dataplane {

/// How far a group's committed offsets are behind the ends of some partitions, asked of Kafka every two
/// seconds on a thread of its own, because librdkafka's questions block. What the consumer itself knows would
/// stand still while its partitions are paused, which is when the lag grows.
class PartitionLag {
 public:
  /// `client` outlives this object.
  PartitionLag(rd_kafka_t* client, bool from_the_end);
  /// Waits for a question under way, at most its timeout.
  ~PartitionLag();
  PartitionLag(const PartitionLag&) = delete;
  PartitionLag& operator=(const PartitionLag&) = delete;

  void watch(std::vector<TopicPartition> partitions);
  /// At the last answer.
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  void run();
  void ask(const std::vector<TopicPartition>& partitions);

  rd_kafka_t* client_;
  bool from_the_end_;  // where a partition without a committed offset starts
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<TopicPartition> partitions_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> total_ = 0;
  std::thread thread_;
};

}  // namespace mkb::dataplane
