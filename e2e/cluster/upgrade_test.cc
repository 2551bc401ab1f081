// A new version of the operator, of the data plane and of the resource's definition.
#include "e2e/cluster/cluster_fixture.h"
#include "e2e/lab/wait.h"

namespace mkb::e2e {
namespace {

using nlohmann::json;

constexpr const char* kImage = "docker.io/mqttkafkabridge/mkb:0.1.0";
constexpr const char* kNext = "docker.io/mqttkafkabridge/mkb:next";
constexpr const char* kDeployment = "deployment/mkb-operator";

class Upgrade : public ClusterFixture {
 protected:
  void TearDown() override {
    suite().installed_operator().apply(Suite::kSource);
    suite().installed_operator().wait(2);
    ClusterFixture::TearDown();
  }
};

TEST_F(Upgrade, TheOperatorThenTheDataPlane) {
  cluster().tag_image(kImage, kNext);
  Drill drill(suite(), "upgraded");
  drill.start(2);
  const auto before = drill.pod_uids();
  cluster().kubectl({"set", "image", kDeployment, "-n", OperatorInstallation::kNamespace,
                     std::string("operator=") + kNext});
  suite().installed_operator().wait(2);
  drill.wait_ready(2);
  drill.flows();
  EXPECT_EQ(drill.pod_uids(), before) << "a new operator leaves the pods of bridges alone";

  const json arguments =
      cluster().get(kDeployments, "mkb-operator",
                    OperatorInstallation::kNamespace)["spec"]["template"]["spec"]["containers"][0]["args"];
  ASSERT_EQ(arguments[0], "--dataplane-image=mqttkafkabridge/mkb:0.1.0");
  cluster().kubectl({"patch", kDeployment, "-n", OperatorInstallation::kNamespace, "--type=json", "-p",
                     json{{{"op", "replace"},
                           {"path", "/spec/template/spec/containers/0/args/0"},
                           {"value", std::string("--dataplane-image=") + kNext}}}
                         .dump()});
  lab::wait_until(
      [&] {
        for (int ordinal = 0; ordinal < 2; ++ordinal) {
          const json pod = drill.get_pod(ordinal);
          if (!pod.is_object() || pod["spec"]["containers"][0]["image"] != kNext) return false;
        }
        return true;
      },
      120s, "the pods to have the new image", 500ms);
  suite().installed_operator().wait(2);
  drill.wait_ready(2);
  drill.flows();
  drill.settle("operator, then pods upgraded", {0, kPlanned});
}

TEST_F(Upgrade, TheDefinitionAgain) {
  Drill drill(suite(), "redefined");
  drill.start(1);
  const json before = cluster().get(kube::kBridges, "redefined", Suite::kNamespace);
  const auto uids = drill.pod_uids();
  cluster().kubectl(
      {"apply", "--server-side", "--force-conflicts", "-k", std::string(Suite::kSource) + "crds"});
  drill.apply();
  drill.flows();
  const json after = cluster().get(kube::kBridges, "redefined", Suite::kNamespace);
  EXPECT_EQ(after["spec"], before["spec"]);
  EXPECT_EQ(after["metadata"]["generation"], before["metadata"]["generation"]);
  EXPECT_EQ(drill.pod_uids(), uids);
  drill.settle("CRD applied again", {0, kPlanned});
}

}  // namespace
}  // namespace mkb::e2e
