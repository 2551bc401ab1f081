#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "dataplane/flow/snapshot.h"

namespace mkb::dataplane {

/// Gets a snapshot from the thread that owns the counts, waiting for it at most `timeout`; empty when that
/// thread did not answer in time. Called from the admin server's own thread, one call at a time, and never
/// after AdminServer::stop() has returned. Must not throw.
using SnapshotSource = std::function<std::optional<Snapshot>(std::chrono::milliseconds timeout)>;

}  // namespace mkb::dataplane
