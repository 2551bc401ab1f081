#include "e2e/cluster/operator_installation.h"

#include "e2e/lab/wait.h"

namespace mkb::e2e {

using namespace std::chrono_literals;
using nlohmann::json;

std::string OperatorInstallation::apply(const std::string& source) const {
  auto said = cluster_.kubectl({"apply", "--server-side", "--force-conflicts", "-k", source + kManifests});
  cluster_.kubectl(
      {"wait", "--for=condition=Established", "--timeout=30s", "crd/mqttkafkabridges.mqttkafka.io"});
  return said;
}

void OperatorInstallation::wait(int replicas) const {
  lab::wait_until(
      [&] {
        const json object = cluster_.get(kDeployments, "mkb-operator", kNamespace);
        if (!object.is_object() || object["spec"].value("replicas", -1) != replicas) return false;
        const json& status = object["status"];
        return status.value("observedGeneration", 0) == object["metadata"].value("generation", -1) &&
               status.value("replicas", 0) == replicas && status.value("updatedReplicas", 0) == replicas &&
               status.value("readyReplicas", 0) == replicas && status.value("terminatingReplicas", 0) == 0;
      },
      120s, "the operator to have " + std::to_string(replicas) + " ready pods", 500ms);
}

void OperatorInstallation::scale(int replicas) const {
  cluster_.kubectl(
      {"scale", "deployment/mkb-operator", "-n", kNamespace, "--replicas=" + std::to_string(replicas)});
  wait(replicas);
  if (replicas > 0) return;
  // Gone from the Deployment is not yet gone.
  cluster_.kubectl({"wait", "--for=delete", "pod", "-n", kNamespace, "-l",
                    "app.kubernetes.io/name=mkb-operator", "--timeout=60s"});
}

}  // namespace mkb::e2e
