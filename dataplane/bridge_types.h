#pragma once

#include <cstdint>
#include <optional>

#include "api/shard_record.h"

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
};

enum class BridgeChange : std::uint8_t {
  kNone,          ///< the routes are as they were
  kApplied,       ///< the new ones are in use
  kNeedsRestart,  ///< spec.mqtt, spec.kafka, spec.shards or the identity differ; nothing has changed
};

}  // namespace mkb::dataplane
