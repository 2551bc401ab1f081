// What people do to a bridge on purpose while messages flow.
#include "e2e/cluster/cluster_fixture.h"
#include "e2e/lab/kafka_admin.h"
#include "e2e/lab/wait.h"

namespace mkb::e2e {
namespace {

using nlohmann::json;

class PlannedChanges : public ClusterFixture {};

TEST_F(PlannedChanges, ScaledFromOneToFourToTwo) {
  Drill drill(suite(), "scaled");
  drill.start(1);
  drill.scale(4);
  drill.flows();
  drill.scale(2);
  drill.flows();
  drill.settle("scaled 1 -> 4 -> 2", {0, kPlanned});
}

TEST_F(PlannedChanges, RestartedOnePodAfterTheOther) {
  Drill drill(suite(), "rolled");
  drill.start(2);
  const auto before = drill.pod_uids();
  drill.resource()["spec"]["mqtt"]["keepAlive"] = "20s";  // what a running pod cannot take over
  drill.apply();
  lab::wait_until(
      [&] {
        for (const auto& uid : drill.pod_uids()) {
          if (before.contains(uid)) return false;
        }
        return true;
      },
      120s, "both pods to be new", 500ms);
  drill.wait_ready(2);
  drill.flows();
  drill.settle("rolling restart", {0, kPlanned});
}

TEST_F(PlannedChanges, PodDeleted) {
  Drill drill(suite(), "evicted");
  drill.start(2);
  const auto before = drill.pod_uids();
  cluster().kubectl({"delete", "pod", drill.pod(0), "-n", Suite::kNamespace, "--wait=false"});
  lab::wait_until(
      [&] {
        const auto pod = drill.get_pod(0);
        return pod.is_object() && !before.contains(pod["metadata"]["uid"]);
      },
      90s, "another pod in its place", 500ms);
  drill.wait_ready(2);
  drill.flows();
  drill.settle("pod deleted, as in a drain", {0, kPlanned});
}

TEST_F(PlannedChanges, SecretRotated) {
  if (!suite().servers().has_users()) GTEST_SKIP() << "the broker of $MKB_E2E_MQTT does not know our users";
  const auto secret = [](int user) {
    return json{
        {"apiVersion", "v1"},
        {"kind", "Secret"},
        {"metadata", {{"name", "login"}, {"namespace", Suite::kNamespace}}},
        {"stringData", {{"username", TestServers::kUsers[user]}, {"password", TestServers::kPassword}}}};
  };
  cluster().apply(secret(0));
  Drill drill(suite(), "rotated");
  drill.resource()["spec"]["mqtt"]["auth"] = {{"secretRef", {{"name", "login"}}}};
  drill.start(2);
  const auto before = drill.pod_uids();
  cluster().apply(secret(1));
  lab::wait_until(
      [&] {
        for (const auto& uid : drill.pod_uids()) {
          if (before.contains(uid)) return false;
        }
        return true;
      },
      180s, "both pods to have the new Secret", 500ms);
  drill.wait_ready(2);
  drill.flows();
  drill.settle("Secret rotated", {0, kPlanned});
}

TEST_F(PlannedChanges, RouteAddedAndRemoved) {
  Drill drill(suite(), "rerouted");
  lab::KafkaAdmin admin(suite().servers().bootstrap());
  admin.create_topic("rerouted.copy", 4);
  drill.start(2);
  const auto before = drill.pod_uids();
  const json one = drill.resource()["spec"]["mqttToKafka"];
  json copy = one[0];
  copy["name"] = "copy";
  copy["topic"] = "rerouted.copy";
  drill.resource()["spec"]["mqttToKafka"].push_back(copy);
  drill.apply();
  lab::wait_until([&] { return admin.records("rerouted.copy") > 1'000; }, 30s, "the added route to deliver",
                  50ms);
  drill.wait_ready(2);
  drill.resource()["spec"]["mqttToKafka"] = one;
  drill.apply();
  drill.wait_ready(2);
  drill.flows();
  EXPECT_EQ(drill.pod_uids(), before) << "routes change without a restart";
  drill.settle("route added and removed", {0, kPlanned});
}

TEST_F(PlannedChanges, Deleted) {
  Drill drill(suite(), "deleted");
  drill.start(2);
  // What is published later belongs to nobody.
  drill.stop_fleet();
  drill.remove();
  drill.settle("deleted", {0, kPlanned});
  // The garbage collector removes what the bridge owned, after it.
  EXPECT_TRUE(lab::eventually(
      [&] {
        return drill.pod_uids().empty() &&
               cluster().get(kube::kStatefulSets, "mkb-deleted", Suite::kNamespace).is_null();
      },
      60s, 500ms));
}

}  // namespace
}  // namespace mkb::e2e
