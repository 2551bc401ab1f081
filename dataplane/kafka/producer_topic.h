#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "dataplane/kafka/first_record_gate.h"
#include "dataplane/kafka/handles.h"
#include "dataplane/kafka/record_producer.h"

namespace mkb::dataplane {

/// A topic of a KafkaProducer: librdkafka's object, the partitioner, and the gate that the partitioner asks.
class ProducerTopic final : public TopicHandle {
 public:
  /// While one lives, the partitioner asks the gate for the record with `tag`, if it is called on this
  /// thread. librdkafka calls it inside rd_kafka_produceva() once it knows the topic.
  class Admission {
   public:
    Admission(ProducerTopic& topic, const RecordTag* tag);
    ~Admission();
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;

    bool enter(std::int32_t partition);
    /// Of what was asked for last; FirstRecordGate::kTopic when nothing was.
    [[nodiscard]] std::int32_t partition() const { return partition_; }
    [[nodiscard]] bool refused() const { return refused_; }

   private:
    FirstRecordGate& gate_;
    const RecordTag* tag_;
    std::int32_t partition_ = FirstRecordGate::kTopic;
    bool refused_ = false;
  };

  ProducerTopic(std::string name, rd_kafka_t* client);
  [[nodiscard]] const std::string& name() const override { return name_; }
  static ProducerTopic& of(const rd_kafka_message_t* message);

  void attach(rd_kafka_t* client);
  void detach() { topic_.reset(); }
  [[nodiscard]] rd_kafka_topic_t* get() const { return topic_.get(); }
  [[nodiscard]] FirstRecordGate& gate() { return gate_; }
  /// The partition that librdkafka's own thread gave to a record since the last call; -1: to none.
  std::int32_t take_assigned() { return assigned_.exchange(-1); }

 private:
  static std::int32_t choose_partition(const rd_kafka_topic_t* topic, const void* key, std::size_t key_size,
                                       std::int32_t partitions, void* self, void* tag);
  std::int32_t any_partition(const rd_kafka_topic_t* topic, std::int32_t partitions);

  std::string name_;
  KafkaTopic topic_;
  FirstRecordGate gate_;
  std::atomic<std::int32_t> assigned_ = -1;
  // Both are read and written by librdkafka's threads too; that they belong together does not matter.
  std::atomic<std::int32_t> sticky_partition_ = -1;
  std::atomic<std::int64_t> sticky_until_ = 0;  // nanoseconds
};

}  // namespace mkb::dataplane
