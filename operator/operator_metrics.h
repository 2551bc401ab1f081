#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "kube/work_queue.h"
#include "operator/bridge_state.h"

namespace mkb::operators {

/// The metrics of controller-runtime and client-go under their own names, so that dashboards and alerts made
/// for those work here. Thread-safe.
class OperatorMetrics {
 public:
  explicit OperatorMetrics(int workers);

  /// `result`: success, error, requeue or requeue_after.
  void reconciled(const std::string& result, std::chrono::duration<double> took);
  void worker_busy(int change);
  /// A key of the queue has been taken by a worker.
  void waited(std::chrono::duration<double> time);
  void requested(std::string_view verb, std::string_view plural, int status,
                 std::chrono::duration<double> took);
  void leading(bool is_leader);

  /// Prometheus text format 0.0.4, with the queue and the bridges as they are now.
  std::string text(const kube::WorkQueueStats& queue, const std::vector<BridgeState>& bridges = {});

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& reconciles_;
  prometheus::Counter& reconcile_errors_;
  prometheus::Histogram& reconcile_time_;
  prometheus::Gauge& active_workers_;
  prometheus::Gauge& depth_;
  prometheus::Counter& adds_;
  prometheus::Counter& retries_;
  prometheus::Histogram& queue_duration_;
  prometheus::Histogram& work_duration_;
  prometheus::Gauge& unfinished_seconds_;
  prometheus::Gauge& longest_seconds_;
  prometheus::Gauge& in_work_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& request_duration_;
  prometheus::Gauge& leader_;
  prometheus::Gauge& bridges_;
};

}  // namespace mkb::operators
