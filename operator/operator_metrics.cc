#include "operator/operator_metrics.h"

#include <prometheus/text_serializer.h>

namespace mkb::operators {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

constexpr const char* kController = "mqttkafkabridge";

// controller-runtime's own boundaries, seconds.
const Buckets kReconcileBuckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3,  0.35,
                                   0.4,   0.45, 0.5,   0.6,  0.7, 0.8,  0.9, 1.0,  1.25, 1.5,
                                   1.75,  2.0,  2.5,   3.0,  3.5, 4.0,  4.5, 5,    6,    7,
                                   8,     9,    10,    15,   20,  25,   30,  40,   50,   60};
// client-go's: powers of ten from 10 ns.
const Buckets kQueueBuckets = {1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000};
const Buckets kRequestBuckets = {0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};

template <class Builder>
auto& family(Builder builder, const char* name, const char* help, prometheus::Registry& registry) {
  return builder.Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& r, const char* name,
                                                  const char* help) {
  return family(prometheus::BuildCounter(), name, help, r);
}

prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& r, const char* name, const char* help) {
  return family(prometheus::BuildGauge(), name, help, r);
}

prometheus::Family<prometheus::Histogram>& histograms(prometheus::Registry& r, const char* name,
                                                      const char* help) {
  return family(prometheus::BuildHistogram(), name, help, r);
}

/// client-go counts by the method of HTTP.
std::string method_of(std::string_view verb) {
  if (verb == "get") return "GET";
  if (verb == "create") return "POST";
  if (verb == "update") return "PUT";
  if (verb == "apply" || verb == "patch") return "PATCH";
  if (verb == "delete") return "DELETE";
  return std::string(verb);
}

double seconds(std::chrono::duration<double> time) {
  return time.count();
}

template <class Value>
prometheus::MetricFamily per_bridge(const char* name, const char* help,
                                    const std::vector<BridgeState>& bridges, Value value) {
  prometheus::MetricFamily made;
  made.name = name;
  made.help = help;
  made.type = prometheus::MetricType::Gauge;
  for (const BridgeState& bridge : bridges) {
    prometheus::ClientMetric& metric = made.metric.emplace_back();
    metric.label = {{"namespace", bridge.name_space}, {"bridge", bridge.name}};
    metric.gauge.value = static_cast<double>(value(bridge));
  }
  return made;
}

const prometheus::Labels kOfController = {{"controller", kController}};
const prometheus::Labels kOfQueue = {{"name", kController}, {"controller", kController}};

}  // namespace

OperatorMetrics::OperatorMetrics(int workers)
    : reconciles_(counters(registry_, "controller_runtime_reconcile_total",
                           "Total number of reconciliations per controller")),
      reconcile_errors_(counters(registry_, "controller_runtime_reconcile_errors_total",
                                 "Total number of reconciliation errors per controller")
                            .Add(kOfController)),
      reconcile_time_(histograms(registry_, "controller_runtime_reconcile_time_seconds",
                                 "Length of time per reconciliation per controller")
                          .Add(kOfController, kReconcileBuckets)),
      active_workers_(gauges(registry_, "controller_runtime_active_workers",
                             "Number of currently used workers per controller")
                          .Add(kOfController)),
      depth_(gauges(registry_, "workqueue_depth", "Current depth of workqueue").Add(kOfQueue)),
      adds_(counters(registry_, "workqueue_adds_total", "Total number of adds handled by workqueue")
                .Add(kOfQueue)),
      retries_(counters(registry_, "workqueue_retries_total", "Total number of retries handled by workqueue")
                   .Add(kOfQueue)),
      queue_duration_(histograms(registry_, "workqueue_queue_duration_seconds",
                                 "How long in seconds an item stays in workqueue before being requested")
                          .Add(kOfQueue, kQueueBuckets)),
      work_duration_(histograms(registry_, "workqueue_work_duration_seconds",
                                "How long in seconds processing an item from workqueue takes.")
                         .Add(kOfQueue, kQueueBuckets)),
      unfinished_seconds_(gauges(registry_, "workqueue_unfinished_work_seconds",
                                 "How many seconds of work has been done that is in progress and hasn't "
                                 "been observed by work_duration.")
                              .Add(kOfQueue)),
      longest_seconds_(gauges(registry_, "workqueue_longest_running_processor_seconds",
                              "How many seconds has the longest running processor for workqueue been "
                              "running.")
                           .Add(kOfQueue)),
      in_work_(gauges(registry_, "mkb_operator_bridges_in_work", "Bridges that workers have now").Add({})),
      requests_(counters(registry_, "rest_client_requests_total",
                         "Number of HTTP requests, partitioned by status code, method, and resource")),
      request_duration_(histograms(registry_, "rest_client_request_duration_seconds",
                                   "Request latency in seconds, by verb")),
      leader_(gauges(registry_, "leader_election_master_status",
                     "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, "
                     "1 indicates master.")
                  .Add({{"name", "mkb-operator"}})),
      bridges_(gauges(registry_, "mkb_operator_bridges", "MqttKafkaBridge resources known").Add({})) {
  gauges(registry_, "controller_runtime_max_concurrent_reconciles",
         "Maximum number of concurrent reconciles per controller")
      .Add(kOfController)
      .Set(workers);
  gauges(registry_, "mkb_build_info", "1, with the version as a label")
      .Add({{"version", MKB_VERSION}})
      .Set(1);
  for (const char* result : {"success", "error", "requeue", "requeue_after"}) {
    reconciles_.Add({{"controller", kController}, {"result", result}});
  }
}

void OperatorMetrics::reconciled(const std::string& result, std::chrono::duration<double> took) {
  reconciles_.Add({{"controller", kController}, {"result", result}}).Increment();
  if (result == "error") reconcile_errors_.Increment();
  reconcile_time_.Observe(took.count());
  work_duration_.Observe(took.count());
}

void OperatorMetrics::worker_busy(int change) {
  active_workers_.Increment(change);
}

void OperatorMetrics::requested(std::string_view verb, std::string_view plural, int status,
                                std::chrono::duration<double> took) {
  requests_
      .Add({{"method", method_of(verb)},
            {"resource", std::string(plural)},
            {"code", status == 0 ? "<error>" : std::to_string(status)}})
      .Increment();
  request_duration_.Add({{"verb", std::string(verb)}}, kRequestBuckets).Observe(took.count());
}

void OperatorMetrics::leading(bool is_leader) {
  leader_.Set(is_leader ? 1 : 0);
}

void OperatorMetrics::waited(std::chrono::duration<double> time) {
  queue_duration_.Observe(time.count());
}

std::string OperatorMetrics::text(const kube::WorkQueueStats& queue,
                                  const std::vector<BridgeState>& bridges) {
  bridges_.Set(static_cast<double>(bridges.size()));
  depth_.Set(static_cast<double>(queue.depth));
  in_work_.Set(static_cast<double>(queue.processing));
  unfinished_seconds_.Set(seconds(queue.unfinished));
  longest_seconds_.Set(seconds(queue.longest));
  // The queue counts; a scrape brings the counters up to it.
  adds_.Increment(static_cast<double>(queue.adds) - adds_.Value());
  retries_.Increment(static_cast<double>(queue.retries) - retries_.Value());
  // Made for each answer, as bridges come and go.
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  families.push_back(per_bridge("mkb_operator_bridge_ready", "1 when the bridge's condition Ready is True",
                                bridges, [](const BridgeState& bridge) { return bridge.ready ? 1.0 : 0.0; }));
  families.push_back(per_bridge("mkb_operator_bridge_replicas", "Pods that the bridge's spec asks for",
                                bridges, [](const BridgeState& bridge) { return bridge.replicas; }));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mkb::operators
