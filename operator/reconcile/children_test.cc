#include "operator/reconcile/children.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "operator/reconcile/drift.h"
#include "operator/reconcile/records.h"
#include "operator/reconcile/sample_spec.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;
using testing::ElementsAre;

class ChildrenTest : public testing::Test {
 protected:
  ChildrenTest() {
    input_.workload.replicas = 3;
    input_.workload.image = "mkb:1";
    input_.workload.secrets = secrets_of(spec_of(bridge_));
    input_.workload.secrets_digest = secrets_digest({{"broker-ca", "7"}, {"broker-login", "8"}});
    input_.workload.settings_digest = "settings";
    input_.record.filters = {{"a/+", 0}, {"b/+", 1}};
    input_.assignments = {
        {0, {1, {{0, api::ShardDuty::kOwn}}}}, {1, {1, {{1, api::ShardDuty::kOwn}}}}, {2, {}}};
  }

  std::vector<Child> children() { return wanted_children(identity_, input_); }

  json child(const kube::ResourceKind& kind, const std::string& name) {
    for (const Child& each : children()) {
      if (each.kind == &kind && each.name() == name) return each.object;
    }
    return {};
  }

  json bridge_ = sample_bridge();
  BridgeIdentity identity_ = BridgeIdentity::of(bridge_);
  ChildrenInput input_{bridge_, {}, {}, true, {}};
};

// The whole set for a reviewer to read; MKB_UPDATE_GOLDEN=1 writes it anew.
TEST_F(ChildrenTest, AreAsInTheGoldenFile) {
  json all = json::array();
  for (const Child& each : children()) all.push_back(each.object);
  const std::string text = all.dump(2) + "\n";
  if (std::getenv("MKB_UPDATE_GOLDEN") != nullptr) std::ofstream(MKB_CHILDREN_GOLDEN) << text;
  std::ifstream file(MKB_CHILDREN_GOLDEN);
  const std::string golden(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(text == golden) << "if this is meant, run with MKB_UPDATE_GOLDEN=1 and read the difference";
}

TEST_F(ChildrenTest, AreLabelledAndOwned) {
  for (const Child& each : children()) {
    EXPECT_EQ(each.object["metadata"]["labels"]["app.kubernetes.io/managed-by"], "mkb-operator")
        << each.name();
    EXPECT_EQ(each.object["metadata"]["ownerReferences"][0]["uid"], "u-1") << each.name();
    EXPECT_TRUE(each.object["metadata"]["annotations"].contains(std::string(kAppliedAnnotation)))
        << each.name();
    EXPECT_EQ(each.object["kind"], each.kind->kind);
    EXPECT_EQ(each.object["apiVersion"], each.kind->api_version());
  }
}

// dataplane/pod/kube_inputs_test.cc expects the same of the pod's: otherwise the two write it in turn.
TEST_F(ChildrenTest, TheLeaseHasTheOwnerThatItsPodWrites) {
  const json expected{{{"apiVersion", "mqttkafka.io/v1alpha1"},
                       {"kind", "MqttKafkaBridge"},
                       {"name", "fleet"},
                       {"uid", "u-1"},
                       {"controller", true}}};
  EXPECT_EQ(pod_lease({"fleet", "prod", "u-1"}, 0)["metadata"]["ownerReferences"], expected);
}

TEST_F(ChildrenTest, ComeInAnOrderInWhichThePodsAreLast) {
  EXPECT_EQ(children().back().kind, &kube::kStatefulSets);
}

TEST_F(ChildrenTest, LeaveTheWorkloadOutWhenItsPodsCouldNotStart) {
  input_.with_workload = false;
  EXPECT_TRUE(child(kube::kStatefulSets, "mkb-fleet").is_null());
  EXPECT_FALSE(child(kube::kConfigMaps, "mkb-fleet-routes").is_null());
}

TEST_F(ChildrenTest, CarryTheSpecAndTheRecordToThePods) {
  bridge_["metadata"]["generation"] = 4;
  bridge_["metadata"]["managedFields"] = "long";
  const json routes = child(kube::kConfigMaps, "mkb-fleet-routes");
  const json carried = json::parse(bridge_text_of(routes));
  EXPECT_EQ(carried["spec"], bridge_["spec"]);
  EXPECT_EQ(carried["metadata"],
            (json{{"name", "fleet"}, {"namespace", "prod"}, {"uid", "u-1"}, {"generation", 4}}));
  EXPECT_EQ(record_of(routes), input_.record);
  EXPECT_EQ(spec_of(carried).mqtt_to_kafka.size(), 2U);
}

TEST_F(ChildrenTest, GiveEachPodItsAssignmentAndItsLease) {
  EXPECT_EQ(assignment_of(child(kube::kConfigMaps, "mkb-fleet-1")), input_.assignments[1]);
  EXPECT_EQ(assignment_of(child(kube::kConfigMaps, "mkb-fleet-2")), api::Assignment{});
  EXPECT_EQ(child(kube::kLeases, "mkb-fleet-2")["kind"], "Lease");
}

TEST_F(ChildrenTest, LetPodsDoNoMoreThanTheyNeed) {
  const json rules = child(kube::kRoles, "mkb-fleet")["rules"];
  EXPECT_EQ(rules, json::parse(R"([
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"],
     "resourceNames": ["mkb-fleet-routes", "mkb-fleet-0", "mkb-fleet-1", "mkb-fleet-2"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update", "patch"],
     "resourceNames": ["mkb-fleet-0", "mkb-fleet-1", "mkb-fleet-2"]}])"));
}

TEST_F(ChildrenTest, KeepTheRightsOfPodsThatAreStillToGo) {
  input_.workload.replicas = 1;
  EXPECT_EQ(child(kube::kRoles, "mkb-fleet")["rules"][1]["resourceNames"].size(), 3U);
}

TEST_F(ChildrenTest, MountEachSecretByNameAndNothingElse) {
  const json spec = child(kube::kStatefulSets, "mkb-fleet")["spec"]["template"]["spec"];
  std::vector<std::string> mounted;
  for (const json& volume : spec["volumes"]) {
    if (volume.contains("secret")) mounted.push_back(volume["secret"]["secretName"]);
  }
  EXPECT_THAT(mounted, ElementsAre("broker-ca", "broker-login"));
  for (const json& mount : spec["containers"][0]["volumeMounts"]) {
    const auto volume = std::find_if(spec["volumes"].begin(), spec["volumes"].end(),
                                     [&mount](const json& each) { return each["name"] == mount["name"]; });
    EXPECT_NE(volume, spec["volumes"].end()) << mount;
  }
}

TEST_F(ChildrenTest, RollThePodsWhenASecretOrASettingChangesButNotForRoutes) {
  const json before = child(kube::kStatefulSets, "mkb-fleet");
  bridge_["spec"]["mqttToKafka"][0]["topic"] = "other";
  EXPECT_EQ(child(kube::kStatefulSets, "mkb-fleet"), before);
  input_.workload.secrets_digest = secrets_digest({{"broker-ca", "7"}, {"broker-login", "9"}});
  const json rotated = child(kube::kStatefulSets, "mkb-fleet");
  EXPECT_NE(rotated["spec"]["template"], before["spec"]["template"]);
  input_.workload.settings_digest = "other";
  EXPECT_NE(child(kube::kStatefulSets, "mkb-fleet")["spec"]["template"], rotated["spec"]["template"]);
}

TEST_F(ChildrenTest, TakeOverWhatTheUserSaysOfPods) {
  input_.workload.pod = json::parse(R"({"image": "mine:2", "nodeSelector": {"disk": "ssd"},
      "tolerations": [{"key": "edge", "operator": "Exists"}], "labels": {"team": "a", "app.kubernetes.io/name": "no"},
      "annotations": {"x": "y"}, "resources": {"limits": {"memory": "1Gi"}}, "imagePullSecrets": [{"name": "pull"}],
      "priorityClassName": "high"})");
  const json pod = child(kube::kStatefulSets, "mkb-fleet")["spec"]["template"];
  EXPECT_EQ(pod["spec"]["containers"][0]["image"], "mine:2");
  EXPECT_EQ(pod["spec"]["containers"][0]["resources"], json::parse(R"({"limits": {"memory": "1Gi"}})"));
  EXPECT_EQ(pod["spec"]["nodeSelector"]["disk"], "ssd");
  EXPECT_EQ(pod["spec"]["tolerations"][0]["key"], "edge");
  EXPECT_EQ(pod["spec"]["imagePullSecrets"][0]["name"], "pull");
  EXPECT_EQ(pod["spec"]["priorityClassName"], "high");
  EXPECT_EQ(pod["metadata"]["labels"]["team"], "a");
  EXPECT_EQ(pod["metadata"]["labels"]["app.kubernetes.io/name"], "mqtt-kafka-bridge")
      << "the selector's labels stay";
  EXPECT_EQ(pod["metadata"]["annotations"]["x"], "y");
}

TEST(SecretsOf, NamesTheFieldOfEachSecretOnce) {
  json bridge = sample_bridge();
  bridge["spec"]["kafka"]["tls"] = {{"caSecretRef", {{"name", "broker-ca"}}}};
  const auto uses = secrets_of(spec_of(bridge));
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[0].name, "broker-ca");
  EXPECT_EQ(uses[0].field, "spec.mqtt.tls.caSecretRef");
  EXPECT_EQ(uses[1].name, "broker-login");
}

}  // namespace
}  // namespace mkb::reconcile
