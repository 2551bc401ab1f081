#include "operator/reconcile/exposure.h"

#include "operator/reconcile/workload.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

json admin_port() {
  return {{"name", "admin"}, {"port", kAdminPort}, {"protocol", "TCP"}, {"targetPort", "admin"}};
}

}  // namespace

json headless_service(const BridgeIdentity& identity) {
  json object = identity.child("v1", "Service", identity.workload());
  object["spec"] = {{"type", "ClusterIP"},
                    {"clusterIP", "None"},
                    {"publishNotReadyAddresses", true},
                    {"selector", identity.selector()},
                    {"ports", {admin_port()}}};
  return object;
}

json metrics_service(const BridgeIdentity& identity) {
  json object = identity.child("v1", "Service", identity.metrics_service());
  object["metadata"]["labels"]["app.kubernetes.io/component"] = "metrics";
  object["spec"] = {{"type", "ClusterIP"}, {"selector", identity.selector()}, {"ports", {admin_port()}}};
  return object;
}

json disruption_budget(const BridgeIdentity& identity) {
  json object = identity.child("policy/v1", "PodDisruptionBudget", identity.workload());
  object["spec"] = {{"maxUnavailable", 1}, {"selector", {{"matchLabels", identity.selector()}}}};
  return object;
}

json network_policy(const BridgeIdentity& identity) {
  json object = identity.child("networking.k8s.io/v1", "NetworkPolicy", identity.workload());
  object["spec"] = {{"podSelector", {{"matchLabels", identity.selector()}}},
                    {"policyTypes", {"Ingress"}},
                    {"ingress", {{{"ports", {{{"port", "admin"}, {"protocol", "TCP"}}}}}}}};
  return object;
}

}  // namespace mkb::reconcile
