#include "operator/reconcile/workload.h"

#include "operator/reconcile/digest.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

constexpr const char* kSecretsDirectory = "/var/run/mkb/secrets";
constexpr const char* kStateDirectory = "/var/run/mkb/state";
/// The pod drains in 25 s; the rest is for the container runtime.
constexpr int kTerminationGraceSeconds = 35;
/// Of the distroless `nonroot` user.
constexpr int kUser = 65532;

json field_env(const char* name, const char* path) {
  return {{"name", name}, {"valueFrom", {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", path}}}}}};
}

json probe(const char* path, int period, int failures) {
  return {{"httpGet", {{"path", path}, {"port", "admin"}, {"scheme", "HTTP"}}},
          {"periodSeconds", period},
          {"timeoutSeconds", 2},
          {"successThreshold", 1},
          {"failureThreshold", failures}};
}

json resources(const json& pod) {
  if (pod.is_object() && pod.contains("resources")) return pod["resources"];
  return {{"requests", {{"cpu", "100m"}, {"memory", "64Mi"}}}, {"limits", {{"memory", "512Mi"}}}};
}

json container(const WorkloadInput& input) {
  json mounts = json::array({{{"name", "state"}, {"mountPath", kStateDirectory}}});
  for (const SecretUse& secret : input.secrets) {
    mounts.push_back({{"name", "secret-" + digest(secret.name)},
                      {"mountPath", std::string(kSecretsDirectory) + "/" + secret.name},
                      {"readOnly", true}});
  }
  const std::string image = input.pod.is_object() ? input.pod.value("image", input.image) : input.image;
  return {{"name", "dataplane"},
          {"image", image},
          {"command", {"mkb-dataplane"}},
          {"args",
           {"--pod", std::string("--secrets-dir=") + kSecretsDirectory,
            std::string("--state-dir=") + kStateDirectory, "--admin=0.0.0.0:" + std::to_string(kAdminPort)}},
          {"env",
           {field_env("POD_NAME", "metadata.name"), field_env("POD_NAMESPACE", "metadata.namespace"),
            field_env("POD_UID", "metadata.uid")}},
          {"ports", {{{"name", "admin"}, {"containerPort", kAdminPort}, {"protocol", "TCP"}}}},
          {"readinessProbe", probe("/readyz", 2, 2)},
          {"livenessProbe", probe("/healthz", 10, 6)},
          {"resources", resources(input.pod)},
          {"volumeMounts", mounts},
          {"securityContext",
           {{"allowPrivilegeEscalation", false},
            {"readOnlyRootFilesystem", true},
            {"capabilities", {{"drop", {"ALL"}}}}}}};
}

json pod_spec(const BridgeIdentity& identity, const WorkloadInput& input) {
  json volumes = json::array({{{"name", "state"}, {"emptyDir", json::object()}}});
  for (const SecretUse& secret : input.secrets) {
    volumes.push_back({{"name", "secret-" + digest(secret.name)},
                       {"secret", {{"secretName", secret.name}, {"defaultMode", 0440}}}});
  }
  json spec{{"serviceAccountName", identity.workload()},
            {"terminationGracePeriodSeconds", kTerminationGraceSeconds},
            {"securityContext",
             {{"runAsNonRoot", true},
              {"runAsUser", kUser},
              {"runAsGroup", kUser},
              {"fsGroup", kUser},
              {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
            {"containers", {container(input)}},
            {"volumes", volumes}};
  if (!input.pod.is_object()) return spec;
  for (const char* taken :
       {"nodeSelector", "tolerations", "affinity", "imagePullSecrets", "priorityClassName"}) {
    if (input.pod.contains(taken)) spec[taken] = input.pod[taken];
  }
  return spec;
}

/// The user's additions; ours win.
json merged(const json& pod, const char* member, const json& ours) {
  json all = pod.is_object() ? pod.value(member, json::object()) : json::object();
  all.update(ours);
  return all;
}

}  // namespace

json stateful_set(const BridgeIdentity& identity, const WorkloadInput& input) {
  json object = identity.child("apps/v1", "StatefulSet", identity.workload());
  object["spec"] = {{"replicas", input.replicas},
                    {"serviceName", identity.workload()},
                    {"podManagementPolicy", "Parallel"},
                    {"updateStrategy", {{"type", "OnDelete"}}},
                    {"revisionHistoryLimit", 3},
                    {"selector", {{"matchLabels", identity.selector()}}},
                    {"template",
                     {{"metadata",
                       {{"labels", merged(input.pod, "labels", identity.labels())},
                        {"annotations", merged(input.pod, "annotations",
                                               {{"mqttkafka.io/secrets", input.secrets_digest},
                                                {"mqttkafka.io/settings", input.settings_digest},
                                                {"kubectl.kubernetes.io/default-container", "dataplane"}})}}},
                      {"spec", pod_spec(identity, input)}}}};
  return object;
}

}  // namespace mkb::reconcile
