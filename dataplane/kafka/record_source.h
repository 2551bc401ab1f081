#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/kafka/consumed_record.h"

namespace mkb::dataplane {

using Offsets = std::vector<std::pair<TopicPartition, std::int64_t>>;

/// The member of a Kafka consumer group.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// No record of the partition is wanted until resume(). One that comes all the same is kept.
  virtual void pause(const TopicPartition& partition) = 0;
  virtual void resume(const TopicPartition& partition) = 0;
  /// ConsumerEvents::on_committed() follows.
  virtual void commit(const Offsets& offsets) = 0;
  /// Partitions told to ConsumerEvents::on_revoked() or on_lost() may go to another member.
  virtual void release(const std::vector<TopicPartition>& partitions) = 0;
};

/// What the member tells. Calls come from KafkaConsumer::poll(), those of release() may be inside them.
class ConsumerEvents {
 public:
  virtual ~ConsumerEvents() = default;
  /// How many records on_record() may be given now.
  [[nodiscard]] virtual std::size_t room() const = 0;
  virtual void on_record(ConsumedRecord record) = 0;
  virtual void on_assigned(const std::vector<TopicPartition>& partitions) = 0;
  /// RecordSource::release() is to follow once they are done with.
  virtual void on_revoked(const std::vector<TopicPartition>& partitions) = 0;
  /// Others may be reading them already. RecordSource::release() is to follow at once.
  virtual void on_lost(const std::vector<TopicPartition>& partitions) = 0;
  /// With an `error`, nothing of it was committed.
  virtual void on_committed(const Offsets& offsets, const std::string& error) = 0;
  virtual void on_consumer_error(const std::string& name, const std::string& message) = 0;
};

}  // namespace mkb::dataplane
