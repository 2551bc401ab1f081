#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "kube/work_queue.h"
#include "operator/operator_metrics.h"
#include "operator/reconcile/reconciler.h"

namespace mkb::operators {

/// Threads that take keys from a queue and reconcile them. A round that failed comes back later and later;
/// one that named a time comes back then.
class WorkerPool {
 public:
  using Work = std::function<reconcile::RoundOutcome(const std::string& key, const std::stop_token& stop)>;

  WorkerPool(kube::WorkQueue& queue, Work work, OperatorMetrics& metrics, const Clock& clock);
  /// As stop() without patience.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void start(int workers);
  /// Takes no further key, and lets rounds under way end within `patience`; then their requests are
  /// cancelled. Shuts the queue down.
  void stop(Duration patience);

 private:
  void run(const std::stop_token& stop);
  void round(const std::string& key, const std::stop_token& stop);
  reconcile::RoundOutcome attempt(const std::string& key, const std::stop_token& stop);

  kube::WorkQueue& queue_;
  Work work_;
  OperatorMetrics& metrics_;
  const Clock& clock_;
  std::stop_source stop_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
};

}  // namespace mkb::operators
