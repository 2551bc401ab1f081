#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/bridge_spec.h"
#include "base/result.h"
#include "dataplane/kafka/handles.h"
#include "dataplane/kafka/partition_lag.h"
#include "dataplane/kafka/producer_properties.h"
#include "dataplane/kafka/record_source.h"

namespace mkb::dataplane {

/// A member of a consumer group over librdkafka. Everything comes through poll(), which is due when
/// event_fd() becomes readable and now and then besides. A fatal error (another process has this member's
/// name) loses all partitions and starts a new member after a while. One thread.
class KafkaConsumer final : public RecordSource {
 public:
  /// `events` outlives the consumer. Errors: KafkaConfigError.
  static Result<std::unique_ptr<KafkaConsumer>> create(KafkaProperties properties,
                                                       const api::KafkaToMqttRoute& route,
                                                       ConsumerEvents& events);
  /// Leaves without a word, so that a static member may return; waits for librdkafka's threads.
  ~KafkaConsumer() override;
  KafkaConsumer(const KafkaConsumer&) = delete;
  KafkaConsumer& operator=(const KafkaConsumer&) = delete;

  /// Joins the group. An error is told as an event, and tried again.
  void subscribe();

  void pause(const TopicPartition& partition) override;
  void resume(const TopicPartition& partition) override;
  void commit(const Offsets& offsets) override;
  void release(const std::vector<TopicPartition>& partitions) override;

  [[nodiscard]] int event_fd() const { return event_fd_; }
  /// True when there is more: call it again soon.
  bool poll();
  /// The group has told this member its partitions, which may be none.
  [[nodiscard]] bool in_group() const { return in_group_; }
  /// Records of the assigned partitions that are not committed; asked for every two seconds.
  [[nodiscard]] std::uint64_t lag() const { return lag_ ? lag_->total() : 0; }

 private:
  KafkaConsumer(KafkaProperties properties, const api::KafkaToMqttRoute& route, ConsumerEvents& events,
                int event_fd);
  Result<void> start();
  void stop();
  void handle_error(const rd_kafka_message_t& message);
  void on_rebalance(rd_kafka_resp_err_t kind, const rd_kafka_topic_partition_list_t* list);
  void on_commit(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t* list);
  void assign(const rd_kafka_topic_partition_list_t* list);
  void find_start(const rd_kafka_topic_partition_list_t* list);
  void take_start();
  void restart_after_fatal();

  KafkaProperties properties_;
  std::vector<std::string> topics_;
  api::StartSpec start_;
  ConsumerEvents& events_;
  int event_fd_;
  rd_kafka_t* client_ = nullptr;
  KafkaQueue queue_;
  std::vector<TopicPartition> assigned_;
  std::unique_ptr<PartitionLag> lag_;
  bool in_group_ = false;
  bool failed_ = false;  // fatally
  int polls_since_failure_ = 0;
  bool commit_refused_ = false;  // to be told by poll()

  // Looking up where to start blocks, so a thread does it.
  std::thread finder_;
  std::atomic<bool> stopping_ = false;
  std::mutex found_mutex_;
  KafkaPartitions found_;
};

}  // namespace mkb::dataplane
