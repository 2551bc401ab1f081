#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/lab/http.h"
#include "e2e/lab/kube_server.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/temp_dir.h"
#include "e2e/lab/wait.h"

// The lab's API server is what it claims to be before anything of ours talks to it.
namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class LabKubeE2eTest : public testing::Test {
 protected:
  ~LabKubeE2eTest() override {
    if (HasFailure()) dir_.keep();
  }
  lab::TempDir dir_{"LabKubeE2eTest"};
};

constexpr const char* kStatefulSet = R"(
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: fleet}
spec:
  replicas: 2
  podManagementPolicy: Parallel
  serviceName: fleet
  selector: {matchLabels: {app: fleet}}
  template:
    metadata: {labels: {app: fleet}}
    spec: {containers: [{name: c, image: none}]}
)";

TEST_F(LabKubeE2eTest, ServesKubectlUsersAndControllers) {
  lab::KubeServerOptions options;
  options.controller_manager = true;
  options.users = {{"joe", "joes-token", {"drivers", "owners"}}};
  lab::KubeServer kube(dir_.path(), options);
  kube.start();
  EXPECT_THAT(kube.kubectl({"version"}), HasSubstr("Server Version: v1.34.4"));
  EXPECT_EQ(lab::https_get(kube.port(), "/livez", kube.certificates().other_ca).status, 0);

  kube.kubectl({"apply", "-f", "-"}, kStatefulSet);
  lab::wait_until(
      [&] {
        return kube.kubectl({"get", "pods", "-o", "name"}) == "pod/fleet-0\npod/fleet-1\n";
      },
      60s, "the StatefulSet's pods");
  kube.kubectl({"delete", "statefulset", "fleet"});
  lab::wait_until(
      [&] {
        return kube.kubectl({"get", "pods", "-o", "name"}).empty();
      },
      60s, "the garbage collector");

  const auto joe = kube.write_kubeconfig("joe", "joes-token");
  EXPECT_THAT(kube.try_kubectl({"auth", "whoami"}, "", joe).text, HasSubstr("[drivers owners system:auth"));
  const auto refused = kube.try_kubectl({"get", "pods"}, "", joe);
  EXPECT_NE(refused.status.code, 0);
  EXPECT_THAT(refused.text, HasSubstr("User \"joe\" cannot list resource \"pods\""));
  EXPECT_THAT(kube.try_kubectl({"get", "pods"}, "", kube.certificate_kubeconfig()).text,
              HasSubstr("User \"bridge\" cannot list"));
  EXPECT_THROW(kube.kubectl({"get", "nothing-like-this"}), lab::LabError);
}

TEST_F(LabKubeE2eTest, KeepsItsDataThroughAKillOfEachProgram) {
  lab::KubeServer kube(dir_.path());
  EXPECT_THROW(kube.controller_manager().start(), lab::LabError);
  kube.start();
  kube.kubectl({"create", "configmap", "kept", "--from-literal=a=b"});
  kube.api().kill();
  EXPECT_FALSE(kube.api().running());
  EXPECT_NE(kube.try_kubectl({"get", "configmap", "kept"}, "", kube.kubeconfig()).status.code, 0);
  kube.start();
  EXPECT_EQ(kube.kubectl({"get", "configmap", "kept", "-o", "jsonpath={.data.a}"}), "b");
  kube.etcd().kill();
  kube.start();
  lab::wait_until(
      [&] {
        const auto got =
            kube.try_kubectl({"get", "configmap", "kept", "-o", "jsonpath={.data.a}"}, "", kube.kubeconfig());
        return got.status.code == 0 && got.text == "b";
      },
      60s, "the API server to find its etcd again");
  kube.api().freeze();
  EXPECT_EQ(lab::https_get(kube.port(), "/livez", kube.certificates().ca, 500ms).status, 0);
  kube.api().thaw();
  EXPECT_EQ(lab::https_get(kube.port(), "/livez", kube.certificates().ca).status, 200);
  kube.stop();
  EXPECT_FALSE(kube.etcd().running());
}

}  // namespace
}  // namespace mkb::e2e
