#include "dataplane/admin/latency_quantile.h"

#include <cstddef>
#include <cstdint>
#include <numeric>

namespace mkb::dataplane {

std::optional<double> quantile_millis(const LatencyHistogram& histogram, double q) {
  // Not `count`: the quantile must lie in a bucket, whatever else the histogram says of itself.
  const auto total = std::accumulate(histogram.buckets.begin(), histogram.buckets.end(), std::uint64_t{0});
  if (total == 0) {
    return std::nullopt;
  }
  const double rank = q * static_cast<double>(total);
  double below = 0;
  double lower_bound = 0;
  for (std::size_t i = 0; i < kLatencyBoundsMicros.size(); ++i) {
    const auto in_bucket = static_cast<double>(histogram.buckets[i]);
    const double upper_bound = kLatencyBoundsMicros[i] / 1e3;
    if (in_bucket > 0 && below + in_bucket >= rank) {
      return lower_bound + (upper_bound - lower_bound) * (rank - below) / in_bucket;
    }
    below += in_bucket;
    lower_bound = upper_bound;
  }
  return lower_bound;
}

}  // namespace mkb::dataplane
