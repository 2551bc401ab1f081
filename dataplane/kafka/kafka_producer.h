#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "dataplane/kafka/handles.h"
#include "dataplane/kafka/producer_properties.h"
#include "dataplane/kafka/producer_topic.h"
#include "dataplane/kafka/record_producer.h"

namespace mkb::dataplane {

/// RecordProducer over librdkafka. Delivery reports come in batches through an event queue; event_fd()
/// becomes readable when there are some, then call poll(). Until the first record of a partition is
/// acknowledged, those behind it are held here (FirstRecordGate). A fatal error of the idempotent producer
/// (its sequence no longer fits the log's) makes it give every record back as kRestart and start a new
/// librdkafka instance.
class KafkaProducer final : public RecordProducer {
 public:
  /// `events` outlives the producer. Errors: KafkaConfigError, naming the property.
  static Result<std::unique_ptr<KafkaProducer>> create(KafkaProperties properties, ProducerEvents& events);
  ~KafkaProducer() override;
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;

  TopicHandle* topic(const std::string& name) override;
  ProduceStatus produce(TopicHandle* topic, const OutgoingRecord& record, RecordTag* tag) override;
  [[nodiscard]] const DeliveryFailure& failure() const override { return failure_; }
  [[nodiscard]] std::size_t outstanding() const override { return outstanding_; }

  /// An eventfd: readable when poll() has something to do. Call poll() now and then all the same: a restart
  /// that failed for want of memory or threads is tried again then.
  [[nodiscard]] int event_fd() const { return event_fd_; }
  /// Hands waiting delivery reports and errors to the events.
  void poll();

  /// Asks a broker for the metadata of the topics in use; blocks up to `timeout_ms`. Thread-safe. Returns the
  /// topics that do not exist or may not be seen, with the reason; an error when no broker answered.
  Result<std::vector<std::pair<std::string, std::string>>> probe(int timeout_ms);

  [[nodiscard]] std::uint64_t restarts() const { return restarts_; }
  /// For tests: raises librdkafka's fatal error.
  void inject_fatal_error();

 private:
  KafkaProducer(KafkaProperties properties, ProducerEvents& events, int event_fd);
  Result<void> start();
  [[nodiscard]] bool has_room(const OutgoingRecord& record) const;
  ProduceStatus send(ProducerTopic& topic, const OutgoingRecord& record, RecordTag* tag,
                     std::optional<std::int32_t>& behind);
  ProduceStatus hand_over(ProducerTopic& topic, const OutgoingRecord& record, RecordTag* tag,
                          std::int32_t partition);
  void release(ProducerTopic& topic, std::int32_t lane);
  void release_all();
  void look_at_unknown_topics();
  void give_back(std::list<DeferredRecord> held, const DeliveryFailure& failure);
  bool give_back_held();
  void handle_report(const rd_kafka_message_t* message);
  void handle_error(rd_kafka_event_t* event);
  void begin_restart(const std::string& reason);
  void finish_restart();
  void set_client(std::shared_ptr<rd_kafka_t> client);

  KafkaProperties properties_;
  QueueLimits limits_;  // of what is held here, as librdkafka's own of what it has
  ProducerEvents& events_;
  int event_fd_;
  std::mutex client_mutex_;             // guards changes of client_ and probe()'s reading of it
  std::shared_ptr<rd_kafka_t> client_;  // replaced on restart
  KafkaQueue queue_;
  std::unordered_map<std::string, std::unique_ptr<ProducerTopic>> topics_;
  std::size_t outstanding_ = 0;
  std::size_t held_bytes_ = 0;
  std::vector<ProducerTopic*> unknown_topics_;  // librdkafka has a record of them, but no partition for it
  bool release_again_ = false;                  // librdkafka's queue was full
  RecordHeaders scratch_headers_;
  DeliveryFailure failure_;
  bool restarting_ = false;
  std::uint64_t restarts_ = 0;
};

}  // namespace mkb::dataplane
