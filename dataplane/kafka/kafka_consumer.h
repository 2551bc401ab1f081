#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/bridge_spec.h"
#include "base/clock.h"
#include "base/result.h"
#include "dataplane/kafka/handles.h"
#include "dataplane/kafka/partition_lag.h"
#include "dataplane/kafka/producer_properties.h"
#include "dataplane/kafka/record_source.h"

namespace mkb::dataplane {

/// A member of a consumer group over librdkafka. Everything comes through poll(), which is due when
/// event_fd() becomes readable and now and then besides. A fatal error (another process has this member's
/// name) loses all partitions and starts a new member after a while. One thread.
///
/// librdkafka 2.0.2 does not pause without loss of position: a fetch between the call and its handling goes
/// back to where the partition's last start, seek or pause was (measured: 1000 records came 19 times). So a
/// short pause only leaves records in their queue, and a long one discards them and resumes behind what was
/// handed over.
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
  /// An assigned partition. Its records stay in a queue of its own, so that reading one partition can stop at
  /// once and lose nothing: what librdkafka has fetched waits there, bounded by queued.max.messages.kbytes.
  struct Partition {
    KafkaQueue queue;
    bool held = false;  ///< its records are not wanted now
    bool paused =
        false;  ///< and were not for a while: paused in librdkafka, what it had fetched is discarded
    TimePoint held_since{};
  };

  KafkaConsumer(KafkaProperties properties, const api::KafkaToMqttRoute& route, ConsumerEvents& events,
                int event_fd);
  Result<void> start();
  void stop();
  bool poll_events();
  bool read_records();
  bool read_partition(const TopicPartition& id, Partition& partition);
  void pause_what_is_held();
  [[nodiscard]] std::vector<TopicPartition> assigned() const;
  void handle_error(const rd_kafka_message_t& message);
  void on_rebalance(rd_kafka_resp_err_t kind, const rd_kafka_topic_partition_list_t* list);
  void on_commit(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t* list);
  void assign(const rd_kafka_topic_partition_list_t* list);
  void find_start(const rd_kafka_topic_partition_list_t* list);
  bool find_start(rd_kafka_topic_partition_t& partition);
  [[nodiscard]] bool retried(const std::function<rd_kafka_resp_err_t()>& ask) const;
  void take_start();
  void restart_after_fatal();

  KafkaProperties properties_;
  std::vector<std::string> topics_;
  api::StartSpec start_;
  ConsumerEvents& events_;
  int event_fd_;
  rd_kafka_t* client_ = nullptr;
  KafkaQueue queue_;
  std::map<TopicPartition, Partition> assigned_;
  std::size_t turn_ = 0;  // the partition that is read first
  std::unique_ptr<PartitionLag> lag_;
  bool in_group_ = false;
  bool failed_ = false;  // fatally
  int polls_since_failure_ = 0;
  bool commit_open_ = false;     // on_commit() is to come
  bool commit_refused_ = false;  // to be told by poll()

  // Looking up where to start blocks, so a thread does it.
  std::thread finder_;
  std::atomic<bool> stopping_ = false;
  std::mutex found_mutex_;
  KafkaPartitions found_;
};

}  // namespace mkb::dataplane
