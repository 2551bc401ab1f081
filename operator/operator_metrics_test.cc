#include "operator/operator_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::operators {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(OperatorMetrics, HaveTheNamesOfControllerRuntime) {
  OperatorMetrics metrics(4);
  metrics.reconciled("success", milliseconds(3));
  metrics.reconciled("error", milliseconds(3));
  metrics.worker_busy(1);
  metrics.requested("apply", "services", 200, milliseconds(2));
  metrics.requested("get", "leases", 0, milliseconds(2));
  metrics.leading(true);
  metrics.bridges(7);
  kube::WorkQueueStats queue;
  queue.adds = 9;
  queue.retries = 2;
  queue.depth = 3;
  const std::string text = metrics.text(queue);
  for (const char* line :
       {"controller_runtime_reconcile_total{controller=\"mqttkafkabridge\",result=\"success\"} 1",
        "controller_runtime_reconcile_total{controller=\"mqttkafkabridge\",result=\"error\"} 1",
        "controller_runtime_reconcile_errors_total{controller=\"mqttkafkabridge\"} 1",
        "controller_runtime_reconcile_time_seconds_count{controller=\"mqttkafkabridge\"} 2",
        "controller_runtime_max_concurrent_reconciles{controller=\"mqttkafkabridge\"} 4",
        "controller_runtime_active_workers{controller=\"mqttkafkabridge\"} 1", "workqueue_depth{",
        "workqueue_adds_total{", "workqueue_retries_total{", "workqueue_work_duration_seconds_count{",
        "leader_election_master_status{name=\"mkb-operator\"} 1", "mkb_operator_bridges 7"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, HasSubstr("code=\"200\",method=\"PATCH\",resource=\"services\"} 1"));
  EXPECT_THAT(text, HasSubstr("code=\"<error>\",method=\"GET\",resource=\"leases\"} 1"));
}

TEST(OperatorMetrics, FollowTheQueueFromScrapeToScrape) {
  OperatorMetrics metrics(1);
  kube::WorkQueueStats queue;
  queue.adds = 5;
  metrics.text(queue);
  queue.adds = 8;
  EXPECT_THAT(metrics.text(queue), testing::ContainsRegex("workqueue_adds_total\\{[^}]*\\} 8\n"));
}

}  // namespace
}  // namespace mkb::operators
