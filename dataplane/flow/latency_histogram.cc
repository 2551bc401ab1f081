#include "dataplane/flow/latency_histogram.h"

#include <algorithm>

namespace mkb::dataplane {

void observe(LatencyHistogram& histogram, std::int64_t micros) {
  const auto* bound = std::lower_bound(kLatencyBoundsMicros.begin(), kLatencyBoundsMicros.end(), micros);
  ++histogram.buckets[static_cast<std::size_t>(bound - kLatencyBoundsMicros.begin())];
  ++histogram.count;
  histogram.sum_seconds += static_cast<double>(micros) / 1e6;
}

}  // namespace mkb::dataplane
