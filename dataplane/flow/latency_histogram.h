#pragma once

#include <array>
#include <cstdint>

namespace mkb::dataplane {

/// Upper bounds, in microseconds, of the latency histogram's buckets; one more bucket holds what is above.
inline constexpr std::array<std::uint32_t, 18> kLatencyBoundsMicros = {
    250,    500,    1'000,   2'000,   3'000,   5'000,     7'500,     10'000,     15'000,
    25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000, 60'000'000};

struct LatencyHistogram {
  std::array<std::uint64_t, kLatencyBoundsMicros.size() + 1> buckets{};  ///< not cumulative
  std::uint64_t count = 0;
  double sum_seconds = 0;
};

/// The bucket that it belongs to grows.
void observe(LatencyHistogram& histogram, std::int64_t micros);

}  // namespace mkb::dataplane
