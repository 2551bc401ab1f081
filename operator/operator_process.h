#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "dataplane/admin/admin_server.h"
#include "kube/api_client.h"
#include "kube/leader.h"
#include "kube/work_queue.h"
#include "operator/bridge_state.h"
#include "operator/change_router.h"
#include "operator/event_notes.h"
#include "operator/leader_gate.h"
#include "operator/operator_metrics.h"
#include "operator/options.h"
#include "operator/reconcile/caches.h"
#include "operator/reconcile/lease_book.h"
#include "operator/reconcile/reconciler.h"
#include "operator/worker_pool.h"

namespace mkb::operators {

enum class OperatorError { kListen = 1 };

/// The operator: watches and writes while it leads. Everything but is_over() is called by one
/// thread.
class OperatorProcess {
 public:
  /// `transport` must outlive it.
  OperatorProcess(Options options, kube::HttpTransport& transport, const Clock& clock);
  ~OperatorProcess();
  OperatorProcess(const OperatorProcess&) = delete;
  OperatorProcess& operator=(const OperatorProcess&) = delete;

  /// Opens the ports and begins to take part in the election.
  Result<void> start();
  /// To be called a few times a second: begins to work when this process leads and has seen everything.
  void tick();
  /// Leadership was lost: the process must end at once.
  [[nodiscard]] bool is_over() const { return over_; }
  /// Finishes the rounds under way, gives the leadership up, stops watching.
  void stop();

 private:
  Result<std::uint16_t> listen(const std::string& flag, const std::string& address,
                               std::unique_ptr<dataplane::AdminServer>& server);
  std::optional<dataplane::AdminResponse> page(std::string_view path);
  /// Of those known; only a process that leads knows any.
  std::vector<BridgeState> bridge_states();
  [[nodiscard]] bool leads() const;
  void begin_work();
  void stop_serving();

  Options options_;
  const Clock& clock_;
  OperatorMetrics metrics_;
  kube::WorkQueue queue_;
  reconcile::LeaseBook pod_leases_;
  ChangeRouter router_;
  reconcile::Caches caches_;
  kube::HttpTransport& transport_;
  kube::ApiClient lease_client_;
  std::unique_ptr<kube::Leader> leader_;
  LeaderGate gate_;
  kube::ApiClient client_;
  EventNotes notes_;
  reconcile::Reconciler reconciler_;
  WorkerPool workers_;
  std::unique_ptr<dataplane::AdminServer> metrics_server_;
  std::unique_ptr<dataplane::AdminServer> health_server_;
  std::atomic<bool> elected_ = false;
  std::atomic<bool> over_ = false;
  bool working_ = false;
  bool watching_ = false;
  TimePoint flushed_{};
};

}  // namespace mkb::operators
