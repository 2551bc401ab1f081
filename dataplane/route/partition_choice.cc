#include "dataplane/route/partition_choice.h"

namespace mkb::dataplane {

std::optional<std::int32_t> PartitionChoice::partition(std::int32_t partitions, std::uint64_t random) const {
  switch (strategy) {
    case api::PartitionStrategy::kKey:
      return std::nullopt;
    case api::PartitionStrategy::kFixed:
      return value;
    case api::PartitionStrategy::kTopic:
      return value % partitions;
    case api::PartitionStrategy::kRandom:
      return static_cast<std::int32_t>(random % static_cast<std::uint64_t>(partitions));
  }
  return std::nullopt;
}

}  // namespace mkb::dataplane
