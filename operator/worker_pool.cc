#include "operator/worker_pool.h"

#include <atomic>
#include <exception>
#include <utility>

#include "base/log.h"

namespace mkb::operators {
namespace {

/// Tells the lines of one round from those of another: unique in the process is enough, as the logs of two
/// processes are told apart anyway.
std::string next_reconcile_id() {
  static std::atomic<std::uint64_t> last{0};
  return fmt::format("{:08x}", ++last);
}

}  // namespace

WorkerPool::WorkerPool(kube::WorkQueue& queue, Work work, OperatorMetrics& metrics, const Clock& clock)
    : queue_(queue), work_(std::move(work)), metrics_(metrics), clock_(clock) {}

WorkerPool::~WorkerPool() {
  stop(Duration::zero());
}

void WorkerPool::start(int workers) {
  const std::lock_guard lock(mutex_);
  running_ = workers;
  for (int i = 0; i < workers; ++i) {
    threads_.emplace_back([this, token = stop_.get_token()] {
      run(token);
      const std::lock_guard ending(mutex_);
      --running_;
      ended_.notify_all();
    });
  }
}

void WorkerPool::stop(Duration patience) {
  queue_.shut_down();
  {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, patience, [this] { return running_ == 0; });
  }
  stop_.request_stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::run(const std::stop_token& stop) {
  while (const auto key = queue_.take()) {
    metrics_.worker_busy(1);
    round(*key, stop);
    metrics_.worker_busy(-1);
    queue_.done(*key);
  }
}

void WorkerPool::round(const std::string& key, const std::stop_token& stop) {
  const LogScope bridge("bridge", key);
  const LogScope id("reconcileID", next_reconcile_id());
  const TimePoint begun = clock_.now();
  const auto outcome = attempt(key, stop);
  const std::chrono::duration<double> took = clock_.now() - begun;
  if (outcome.ok()) {
    queue_.forget(key);
    metrics_.reconciled(outcome.again ? "requeue_after" : "success", took);
  } else {
    metrics_.reconciled("error", took);
    if (stop.stop_requested()) return;
    spdlog::warn("not done, tried again later: {}", outcome.failure->message());
    queue_.add_rate_limited(key);
  }
  // Deadlines do not wait for a kind of object that is refused.
  if (outcome.again) queue_.add_after(key, *outcome.again);
}

reconcile::RoundOutcome WorkerPool::attempt(const std::string& key, const std::stop_token& stop) {
  try {
    return work_(key, stop);
  } catch (const std::exception& error) {
    // An object of a shape that no API server should have let pass: this bridge fails, the others go on.
    return {std::nullopt, Error(reconcile::ReconcileError::kUnexpectedShape, error.what())};
  }
}

}  // namespace mkb::operators
