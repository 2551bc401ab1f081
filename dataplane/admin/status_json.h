#pragma once

#include <string>

#include "dataplane/flow/snapshot.h"

namespace mkb::dataplane {

/// The snapshot as one JSON object, the body of /status.json. Keys are the fields' names, with these
/// differences: a route's `dropped` is an object by reason; `latency` is {count, sum_seconds, p50_ms, p99_ms,
/// p999_ms, buckets: [{le_ms, count}]} where a quantile without messages and the last `le_ms` are null and
/// counts are not cumulative; `ready` and `not_ready` are the verdict and reasons of readiness().
/// Text that is not UTF-8 has the invalid bytes replaced by U+FFFD. Pure; thread-safe.
std::string status_json(const Snapshot& snapshot);

}  // namespace mkb::dataplane
