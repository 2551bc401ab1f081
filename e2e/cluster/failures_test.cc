// What happens to a bridge that nobody wanted, while messages flow.
#include "e2e/cluster/cluster_fixture.h"
#include "e2e/lab/wait.h"

namespace mkb::e2e {
namespace {

class Failures : public ClusterFixture {};

TEST_F(Failures, PodKilled) {
  Drill drill(suite(), "killed");
  drill.start(2);
  cluster().signal(Suite::kNamespace, drill.pod(0), "KILL");
  lab::wait_until([&] { return drill.restarts(0) == 1; }, 60s, "the container to run again", 500ms);
  drill.wait_ready(2);
  drill.flows();
  drill.settle("kill -9 of a pod", {Drill::kInFlight, kUnplanned});
}

TEST_F(Failures, PodStoppedFor30Seconds) {
  Drill drill(suite(), "stopped");
  drill.start(2);
  cluster().signal(Suite::kNamespace, drill.pod(0), "STOP");
  const auto until = std::chrono::steady_clock::now() + 30s;
  lab::wait_until([&] { return std::chrono::steady_clock::now() >= until; }, 40s, "30 s to pass");
  cluster().signal(Suite::kNamespace, drill.pod(0), "CONT");
  drill.wait_ready(2);
  drill.flows();
  drill.settle("SIGSTOP of a pod, 30 s", {Drill::kInFlight, kUnplanned});
}

TEST_F(Failures, OperatorAwayWhileAPodRestarts) {
  Drill drill(suite(), "orphaned");
  drill.start(2);
  const auto before = drill.pod_uids();
  suite().installed_operator().scale(0);
  cluster().kubectl({"delete", "pod", drill.pod(0), "-n", Suite::kNamespace, "--wait=false"});
  lab::wait_until(
      [&] {
        const auto pod = drill.get_pod(0);
        return pod.is_object() && !before.contains(pod["metadata"]["uid"]) &&
               pod.value(nlohmann::json::json_pointer("/status/containerStatuses/0/ready"), false);
      },
      90s, "the pod to be back", 500ms);
  drill.flows();
  suite().installed_operator().scale(2);
  drill.wait_ready(2);
  drill.flows();
  drill.settle("operator down, pod restarted", {Drill::kInFlight, kUnplanned});
}

TEST_F(Failures, ApiServerAwayFor60Seconds) {
  Drill drill(suite(), "unheard");
  drill.start(2);
  cluster().stop("api");
  const auto until = std::chrono::steady_clock::now() + 60s;
  drill.flows();
  // The kubelet starts it again by itself, and it goes on with what it had.
  cluster().signal(Suite::kNamespace, drill.pod(0), "KILL");
  drill.flows(100'000);
  lab::wait_until([&] { return std::chrono::steady_clock::now() >= until; }, 70s, "60 s to pass");
  cluster().start("api");
  drill.wait_ready(2);
  drill.flows();
  EXPECT_EQ(drill.restarts(0), 1);
  drill.settle("API server down 60 s, pod killed", {Drill::kInFlight, kUnplanned});
}

}  // namespace
}  // namespace mkb::e2e
