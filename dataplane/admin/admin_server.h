#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "dataplane/admin/admin_response.h"
#include "dataplane/admin/listen_address.h"
#include "dataplane/admin/snapshot_source.h"

namespace mkb::dataplane {

struct AdminServerLimits {
  std::chrono::milliseconds snapshot_timeout{1000};
  std::chrono::milliseconds request_timeout{10'000};  ///< to send a whole request, and to take the answer
  std::size_t connections = 64;                       ///< at once
};

/// The process' HTTP side, read-only and without authentication:
///   GET /              the status page
///   GET /status.json   the snapshot (dataplane/admin/status_json.h)
///   GET /metrics       Prometheus text format 0.0.4 (dataplane/admin/metrics.h)
///   GET /healthz       200 while the I/O thread answers, else 503
///   GET /readyz        200 when ready, else 503 with one reason a line
///
/// HTTP/1.1 with keep-alive and pipelining on two threads of its own: one serves all connections and never
/// waits for any of them, the other waits for snapshots. Requests that arrive while a snapshot is awaited
/// share the next one, so many readers cost the I/O thread no more than one. At the connection limit the
/// oldest connection gives way to the new one, so idle or hostile clients cannot shut others out. Request
/// headers end at 8 KiB.
class AdminServer {
 public:
  explicit AdminServer(SnapshotSource source, AdminServerLimits limits = {},
                       AdminPages pages = respond_without_snapshot);
  ~AdminServer();  ///< as stop()
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  /// Listens and serves from now on; returns the bound port, which matters when `port` is 0. `address` is an
  /// IP address, or empty for every address. Fails with AdminError. Once per object.
  Result<std::uint16_t> start(const std::string& address, std::uint16_t port);

  /// Closes every connection, answered or not, and joins the threads; waits for a SnapshotSource call under
  /// way, so from the thread that answers snapshots it takes as long as the snapshot timeout. Idempotent.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mkb::dataplane
