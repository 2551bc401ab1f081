#include "e2e/cluster/suite.h"

#include "e2e/lab/lab_error.h"
#include "e2e/lab/wait.h"

namespace mkb::e2e {

using namespace std::chrono_literals;
using nlohmann::json;

Suite::Suite() : operator_(cluster_), dir_("cluster") {
  cluster_.apply(
      {{"apiVersion", "v1"},
       {"kind", "Namespace"},
       {"metadata",
        {{"name", kNamespace}, {"labels", {{"pod-security.kubernetes.io/enforce", "restricted"}}}}}});
  operator_.apply(kSource);
  servers_ = std::make_unique<TestServers>(cluster_, dir_.path(), kNamespace);
  operator_.wait(2);
  wait_garbage_collector();
  servers_->wait_warm();
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
        if (lab::eventually([&] { return cluster_.get(kube::kConfigMaps, name, kNamespace).is_null(); }, 2s,
                            200ms)) {
          return true;
        }
        cluster_.kubectl({"delete", "configmap", name, "-n", kNamespace, "--ignore-not-found"});
        return false;
      },
      90s, "the garbage collector to know MqttKafkaBridges", 1s);
}

Suite::~Suite() = default;

}  // namespace mkb::e2e
