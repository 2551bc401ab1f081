#pragma once

#include <cstdint>
#include <optional>

#include "api/bridge_spec.h"

namespace mkb::dataplane {

/// How a record's partition is to be chosen. The number of partitions is only known to the producer.
struct PartitionChoice {
  api::PartitionStrategy strategy = api::PartitionStrategy::kKey;
  /// kFixed: the partition. kTopic: the MQTT topic's murmur2 hash made positive. Otherwise 0.
  std::int32_t value = 0;

  /// True when the producer's own partitioner decides (by the key, or at random for a record without one):
  /// the only choice that needs no partition count.
  [[nodiscard]] bool by_partitioner() const { return strategy == api::PartitionStrategy::kKey; }
  /// True when the partition is known without the number of partitions: `value`.
  [[nodiscard]] bool fixed() const { return strategy == api::PartitionStrategy::kFixed; }

  /// The partition among `partitions` (>= 1) of them; `random` is any uniformly distributed value. Nothing
  /// when the partitioner decides. A fixed partition is returned even when it does not exist, for the
  /// producer to refuse.
  [[nodiscard]] std::optional<std::int32_t> partition(std::int32_t partitions, std::uint64_t random) const;
};

}  // namespace mkb::dataplane
