#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dataplane/egress/message_builder.h"
#include "dataplane/egress/offset_tracker.h"
#include "dataplane/kafka/consumed_record.h"

namespace mkb::dataplane {

/// An assigned partition.
struct PartitionState {
  TopicPartition id;
  std::uint32_t number = 0;  ///< never used twice
  OffsetTracker tracker;
  std::int64_t next_offset = 0;  ///< behind the last record read
  std::size_t held = 0;          ///< records that are not settled
  std::size_t bytes = 0;         ///< of those
  std::size_t blocked = 0;       ///< of those: held because they can never be delivered
  bool paused = false;
  bool revoking = false;
  bool commit_alone = false;    ///< a commit of several partitions failed, of which it was one
  bool commit_failing = false;  ///< so did one of it alone
};

/// A record from being read to being settled.
struct HeldRecord {
  enum class State : std::uint8_t {
    kWaiting,     ///< for an earlier record of its key
    kReady,       ///< to be published when there is a connection
    kPublished,   ///< on its way: the broker has not answered
    kRetrying,    ///< refused, to be tried again
    kDeadLetter,  ///< on its way to the dead-letter topic
    kBlocked,
  };

  std::uint64_t id = 0;
  ConsumedRecord record;
  PartitionState* partition = nullptr;
  std::string lane;  ///< empty: none
  State state = State::kReady;
  TimePoint received{};
  std::size_t bytes = 0;
  int qos = 0;  ///< as published
  int refusals = 0;
  BuildFailure failure;  ///< the last
};

/// Records of one key in one partition, behind the one that is not settled.
struct Lane {
  std::deque<std::uint64_t> waiting;
};

/// Partitions that are to be given up.
struct PendingRevoke {
  std::vector<TopicPartition> partitions;
  TimePoint deadline;
  bool committing = false;
};

}  // namespace mkb::dataplane
