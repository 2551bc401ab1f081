#pragma once

#include <optional>
#include <string>

#include "bench/arrival_clock.h"
#include "dataplane/flow/snapshot.h"

namespace mkb::bench {

/// mkb_delivery_latency_seconds in the text of /metrics, all routes added up; empty when it has none.
dataplane::LatencyHistogram delivery_latency(const std::string& metrics);

/// Of the messages that `later` has more than `earlier`; nothing when there are none.
std::optional<Quantiles> quantiles_between(const dataplane::LatencyHistogram& earlier,
                                           const dataplane::LatencyHistogram& later);

}  // namespace mkb::bench
