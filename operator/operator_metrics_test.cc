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
  metrics.waited(milliseconds(20));
  kube::WorkQueueStats queue;
  queue.adds = 9;
  queue.retries = 2;
  queue.depth = 3;
  queue.processing = 2;
  queue.unfinished = std::chrono::seconds(5);
  queue.longest = std::chrono::seconds(4);
  const std::string text = metrics.text(queue, {{"n", "a", true, 1}, {"n", "b", false, 2}});
  for (const char* line :
       {"controller_runtime_reconcile_total{controller=\"mqttkafkabridge\",result=\"success\"} 1",
        "controller_runtime_reconcile_total{controller=\"mqttkafkabridge\",result=\"error\"} 1",
        "controller_runtime_reconcile_errors_total{controller=\"mqttkafkabridge\"} 1",
        "controller_runtime_reconcile_time_seconds_count{controller=\"mqttkafkabridge\"} 2",
        "controller_runtime_max_concurrent_reconciles{controller=\"mqttkafkabridge\"} 4",
        "controller_runtime_active_workers{controller=\"mqttkafkabridge\"} 1", "workqueue_depth{",
        "workqueue_adds_total{", "workqueue_retries_total{", "workqueue_work_duration_seconds_count{",
        "leader_election_master_status{name=\"mkb-operator\"} 1", "mkb_operator_bridges 2",
        "mkb_operator_bridges_in_work 2"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, HasSubstr("code=\"200\",method=\"PATCH\",resource=\"services\"} 1"));
  EXPECT_THAT(text, HasSubstr("code=\"<error>\",method=\"GET\",resource=\"leases\"} 1"));
}

TEST(OperatorMetrics, HaveTheNamesOfClientGoForTheQueue) {
  OperatorMetrics metrics(1);
  metrics.waited(milliseconds(20));
  metrics.waited(std::chrono::seconds(2));
  kube::WorkQueueStats queue;
  queue.unfinished = milliseconds(5500);
  queue.longest = std::chrono::seconds(4);
  const std::string labels = "controller=\"mqttkafkabridge\",name=\"mqttkafkabridge\"";
  const std::string text = metrics.text(queue);
  EXPECT_THAT(text, HasSubstr("workqueue_queue_duration_seconds_count{" + labels + "} 2\n"));
  EXPECT_THAT(text, HasSubstr("workqueue_queue_duration_seconds_bucket{" + labels + ",le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("workqueue_queue_duration_seconds_bucket{" + labels + ",le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("workqueue_unfinished_work_seconds{" + labels + "} 5.5\n"));
  EXPECT_THAT(text, HasSubstr("workqueue_longest_running_processor_seconds{" + labels + "} 4\n"));
  const std::string idle = metrics.text({});
  EXPECT_THAT(idle, HasSubstr("workqueue_unfinished_work_seconds{" + labels + "} 0\n"));
  EXPECT_THAT(idle, HasSubstr("workqueue_longest_running_processor_seconds{" + labels + "} 0\n"));
}

TEST(OperatorMetrics, TellOfEachBridgeThatThereIs) {
  OperatorMetrics metrics(1);
  const std::string both = metrics.text({}, {{"n", "a", true, 1}, {"n", "b", false, 0}});
  EXPECT_THAT(both, HasSubstr("mkb_operator_bridge_ready{namespace=\"n\",bridge=\"a\"} 1\n"));
  EXPECT_THAT(both, HasSubstr("mkb_operator_bridge_ready{namespace=\"n\",bridge=\"b\"} 0\n"));
  EXPECT_THAT(both, HasSubstr("mkb_operator_bridge_replicas{namespace=\"n\",bridge=\"a\"} 1\n"));
  EXPECT_THAT(both, HasSubstr("mkb_operator_bridge_replicas{namespace=\"n\",bridge=\"b\"} 0\n"));
  const std::string one = metrics.text({}, {{"n", "a", true, 1}});
  EXPECT_THAT(one, testing::Not(HasSubstr("bridge=\"b\""))) << "it was deleted";
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
