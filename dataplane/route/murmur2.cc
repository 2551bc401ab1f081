#include "dataplane/route/murmur2.h"

#include <cstddef>

namespace mkb::dataplane {

std::int32_t murmur2(std::string_view bytes) {
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  constexpr std::uint32_t kSeed = 0x9747b28c;
  const auto byte = [bytes](std::size_t index) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[index]));
  };
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = byte(at) | byte(at + 1) << 8U | byte(at + 2) << 16U | byte(at + 3) << 24U;
    word *= kMultiplier;
    word ^= word >> 24U;
    word *= kMultiplier;
    hash *= kMultiplier;
    hash ^= word;
  }
  if (at < bytes.size()) {
    for (std::size_t i = bytes.size(); i-- > at;) {
      hash ^= byte(i) << (8U * static_cast<unsigned>(i - at));
    }
    hash *= kMultiplier;
  }
  hash ^= hash >> 13U;
  hash *= kMultiplier;
  hash ^= hash >> 15U;
  return static_cast<std::int32_t>(hash);
}

std::int32_t murmur2_partition(std::string_view bytes, std::int32_t partitions) {
  return (murmur2(bytes) & 0x7fffffff) % partitions;
}

}  // namespace mkb::dataplane
