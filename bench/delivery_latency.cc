#include "bench/delivery_latency.h"

#include <cmath>
#include <cstdlib>

#include "dataplane/admin/latency_quantile.h"
#include "e2e/lab/bridge.h"

namespace mkb::bench {
namespace {

/// The index of the bucket whose upper bound is `seconds`; the unbounded one for anything else.
std::size_t bucket_of(double seconds) {
  const auto& bounds = dataplane::kLatencyBoundsMicros;
  std::size_t i = 0;
  while (i < bounds.size() && std::lround(seconds * 1e6) != static_cast<long>(bounds[i])) {
    ++i;
  }
  return i;
}

}  // namespace

dataplane::LatencyHistogram delivery_latency(const std::string& metrics) {
  dataplane::LatencyHistogram histogram;
  for (const auto& [series, value] : lab::parse_metrics(metrics)) {
    const auto bound = series.find("le=\"");
    if (series.rfind("mkb_delivery_latency_seconds_bucket", 0) == 0 && bound != std::string::npos) {
      histogram.buckets[bucket_of(std::strtod(series.c_str() + bound + 4, nullptr))] +=
          static_cast<std::uint64_t>(value);
    }
  }
  // The text has cumulative buckets.
  histogram.count = histogram.buckets.back();
  for (std::size_t i = histogram.buckets.size() - 1; i > 0; --i) {
    histogram.buckets[i] -= histogram.buckets[i - 1];
  }
  return histogram;
}

std::optional<Quantiles> quantiles_between(const dataplane::LatencyHistogram& earlier,
                                           const dataplane::LatencyHistogram& later) {
  dataplane::LatencyHistogram difference = later;
  difference.count -= earlier.count;
  for (std::size_t i = 0; i < difference.buckets.size(); ++i) {
    difference.buckets[i] -= earlier.buckets[i];
  }
  if (difference.count == 0) {
    return std::nullopt;
  }
  const auto at = [&](double q) { return dataplane::quantile_millis(difference, q).value_or(0); };
  return Quantiles{at(0.5), at(0.99), at(0.999)};
}

}  // namespace mkb::bench
