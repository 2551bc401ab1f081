#pragma once

#include <cstdint>
#include <string_view>

namespace mkb::dataplane {

/// The hash by which Java's default partitioner places keyed records
/// (org.apache.kafka.common.utils.Utils.murmur2).
std::int32_t murmur2(std::string_view bytes);

/// The partition that the Java client chooses for these bytes: toPositive(murmur2(bytes)) % partitions.
/// `partitions` is at least 1.
std::int32_t murmur2_partition(std::string_view bytes, std::int32_t partitions);

}  // namespace mkb::dataplane
