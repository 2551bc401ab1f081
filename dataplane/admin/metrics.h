#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

#include "dataplane/admin/process_stats.h"
#include "dataplane/flow/snapshot.h"

namespace mkb::dataplane {

/// The metrics of one snapshot, as docs/metrics.md lists them. Every number comes from that snapshot and none
/// from a live counter, so within one scrape, for each route and direction,
///   received = delivered + filtered + dead_lettered + sum(dropped by reason) + in_flight.
/// Series that can exist are always present, also at 0, so that rates and alerts see the first increment.
/// Pure; thread-safe.
std::vector<prometheus::MetricFamily> metric_families(const Snapshot& snapshot, const ProcessStats& process);

/// The same in the Prometheus text exposition format 0.0.4. Label values that are not UTF-8, which that
/// format forbids, have the invalid bytes replaced by U+FFFD.
std::string metrics_text(const Snapshot& snapshot, const ProcessStats& process);

}  // namespace mkb::dataplane
