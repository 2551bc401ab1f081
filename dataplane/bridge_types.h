#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "api/shard_record.h"
#include "base/clock.h"

namespace mkb::dataplane {

/// What was left when a drain ended.
struct DrainOutcome {
  bool in_time = true;  ///< Kafka confirmed everything that was in flight
  /// Records without a delivery report and messages without an acknowledgement: the MQTT broker and Kafka
  /// keep them.
  std::uint64_t unconfirmed = 0;
};

enum class Ownership : std::uint8_t {
  kAll,       ///< every shard: a process that is alone
  kAssigned,  ///< what assign() says; nothing before that
};

struct BridgeOptions {
  Ownership ownership = Ownership::kAll;
  /// Which shard has which filter; without it a hash says that.
  std::optional<api::ShardRecord> record;
  /// Asked when a session's connection has ended: how long it stays away at least. Not zero while the process
  /// does not know whether it is still the owner. May be empty.
  std::function<Duration()> least_delay = {};
};

enum class BridgeChange : std::uint8_t {
  kNone,          ///< the routes are as they were
  kApplied,       ///< the new ones are in use
  kNeedsRestart,  ///< spec.mqtt, spec.kafka, spec.shards or the identity differ; nothing has changed
};

}  // namespace mkb::dataplane
