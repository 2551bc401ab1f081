#include "e2e/cluster/suite.h"

#include "e2e/lab/lab_error.h"
#include "e2e/lab/wait.h"

namespace mkb::e2e {

using namespace std::chrono_literals;
using nlohmann::json;

Suite::Suite() : dir_("cluster") {
  cluster_.apply(
      {{"apiVersion", "v1"},
       {"kind", "Namespace"},
       {"metadata",
        {{"name", kNamespace}, {"labels", {{"pod-security.kubernetes.io/enforce", "restricted"}}}}}});
  cluster_.kubectl({"apply", "--server-side", "--force-conflicts", "-k",
                    std::string(MKB_SOURCE_DIR) + "/manifests/overlays/cluster-wide"});
  cluster_.kubectl(
      {"wait", "--for=condition=Established", "--timeout=30s", "crd/mqttkafkabridges.mqttkafka.io"});
  servers_ = std::make_unique<TestServers>(cluster_, dir_.path(), kNamespace);
  wait_operator(2);
  wait_garbage_collector();
}

// Kubernetes' garbage collector learns of a new kind within half a minute. What it meets before, it tries
// again ever more rarely: up to a quarter of an hour later.
void Suite::wait_garbage_collector() const {
  int attempt = 0;
  lab::wait_until(
      [&] {
        const std::string name = "orphan-" + std::to_string(++attempt);
        cluster_.apply({{"apiVersion", "v1"},
                        {"kind", "ConfigMap"},
                        {"metadata",
                         {{"name", name},
                          {"namespace", kNamespace},
                          {"ownerReferences",
                           {{{"apiVersion", "mqttkafka.io/v1alpha1"},
                             {"kind", "MqttKafkaBridge"},
                             {"name", "nobody"},
                             {"uid", "00000000-0000-4000-8000-000000000000"}}}}}}});
        if (lab::eventually([&] { return cluster_.get("configmap", name, kNamespace).is_null(); }, 2s,
                            200ms)) {
          return true;
        }
        cluster_.kubectl({"delete", "configmap", name, "-n", kNamespace, "--ignore-not-found"});
        return false;
      },
      90s, "the garbage collector to know MqttKafkaBridges", 1s);
}

Suite::~Suite() = default;

void Suite::wait_operator(int replicas) const {
  lab::wait_until(
      [&] {
        const json object = cluster_.get("deployment", "mkb-operator", kOperatorNamespace);
        if (!object.is_object() || object["spec"].value("replicas", -1) != replicas) return false;
        const json& status = object["status"];
        return status.value("observedGeneration", 0) == object["metadata"].value("generation", -1) &&
               status.value("replicas", 0) == replicas && status.value("updatedReplicas", 0) == replicas &&
               status.value("readyReplicas", 0) == replicas && status.value("terminatingReplicas", 0) == 0;
      },
      120s, "the operator to have " + std::to_string(replicas) + " ready pods", 500ms);
}

void Suite::scale_operator(int replicas) const {
  cluster_.kubectl({"scale", "deployment/mkb-operator", "-n", kOperatorNamespace,
                    "--replicas=" + std::to_string(replicas)});
  wait_operator(replicas);
  if (replicas > 0) return;
  // Gone from the Deployment is not yet gone.
  cluster_.kubectl({"wait", "--for=delete", "pod", "-n", kOperatorNamespace, "-l",
                    "app.kubernetes.io/name=mkb-operator", "--timeout=60s"});
}

}  // namespace mkb::e2e
