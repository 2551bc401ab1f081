#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "dataplane/kafka/record_producer.h"

namespace mkb::dataplane {

/// A record that was taken and waits for the one before it.
struct DeferredRecord {
  RecordTag* tag = nullptr;
  OwnedRecord record;
  bool tombstone = false;
};

/// Of one topic and one producer identity: holds records back until the first one of their partition has been
/// acknowledged.
///
/// A broker checks the sequence numbers of an idempotent producer only in partitions where it knows the
/// producer; of one that it does not know it takes any first batch (KIP-360). When the very first batch is
/// refused for a moment, as while a partition has no leader or too few replicas, and the second, in flight
/// behind it, is taken, then the order is lost for good: the first cannot be written before it any more, and
/// librdkafka ends in a fatal error. Once a partition has one batch, the broker itself refuses whatever comes
/// out of turn.
///
/// The partition of a record is only known when the topic is, so while it is not, one record of the topic
/// goes alone (the lane kTopic). Pure; one thread. Tags are only compared.
class FirstRecordGate {
 public:
  static constexpr std::int32_t kTopic = -1;

  /// Whether the record may go; the first one in a lane is remembered by its tag until it is delivered(),
  /// failed() or abandoned(). One that may not must be put into hold().
  bool enter(std::int32_t lane, const RecordTag* tag);
  /// It entered, but the producer did not take it.
  void abandon(std::int32_t lane, const RecordTag* tag);
  void hold(std::int32_t lane, DeferredRecord record);

  /// This record got a partition at once, so the topic is known.
  void topic_known(const RecordTag* tag);
  /// The producer took this record without knowing the topic: nothing else goes until it has a partition.
  void topic_unknown(const RecordTag* tag);
  [[nodiscard]] bool is_unknown() const { return topic_.state == State::kFirstUnderWay; }
  /// The one record that went while the topic was unknown got this partition; the topic's lane is open.
  void first_assigned(std::int32_t partition);

  /// A record has been acknowledged in that partition; true when lanes have been opened by it.
  bool delivered(const RecordTag* tag, std::int32_t partition);
  /// A record has failed. If it was a first one, its lane: as new, and with those that wait.
  std::optional<std::int32_t> failed(const RecordTag* tag);
  /// The next record that waits in a lane where it may go; put_back() when it could not go after all.
  std::optional<DeferredRecord> next(std::int32_t lane);
  void put_back(std::int32_t lane, DeferredRecord record);
  /// Lanes in which records wait.
  [[nodiscard]] std::vector<std::int32_t> waiting() const;
  std::list<DeferredRecord> take_waiting(std::int32_t lane);

  /// The topic may be another one of the same name by now: lanes in which nothing waits are as new.
  void forget_open();
  /// For a new producer identity: everything is as new. Returns what waited.
  std::list<DeferredRecord> reset();

 private:
  enum class State : std::uint8_t { kNew, kFirstUnderWay, kOpen };
  struct Lane {
    State state = State::kNew;
    const RecordTag* first = nullptr;
    std::list<DeferredRecord> waiting;
  };

  Lane& at(std::int32_t lane);
  static void open(Lane& lane);

  Lane topic_;
  std::vector<Lane> partitions_;
};

}  // namespace mkb::dataplane
