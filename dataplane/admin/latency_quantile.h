#pragma once

#include <optional>

#include "dataplane/flow/snapshot.h"

namespace mkb::dataplane {

/// The latency in milliseconds that the fraction `q` (0 < q <= 1) of the messages did not exceed, linear
/// within a bucket as Prometheus' histogram_quantile() has it: a quantile in the last, unbounded bucket is
/// that bucket's lower bound. Empty without messages. Pure.
std::optional<double> quantile_millis(const LatencyHistogram& histogram, double q);

}  // namespace mkb::dataplane
