#include "operator/reconcile/children.h"

#include <algorithm>

#include "operator/reconcile/access.h"
#include "operator/reconcile/drift.h"
#include "operator/reconcile/exposure.h"
#include "operator/reconcile/records.h"

namespace mkb::reconcile {

const std::vector<const kube::ResourceKind*>& child_kinds() {
  static const std::vector<const kube::ResourceKind*> kinds = {
      &kube::kServiceAccounts, &kube::kRoles,    &kube::kRoleBindings, &kube::kConfigMaps,
      &kube::kLeases,          &kube::kServices, &kube::kStatefulSets, &kube::kDisruptionBudgets,
      &kube::kNetworkPolicies};
  return kinds;
}

std::vector<Child> wanted_children(const BridgeIdentity& identity, const ChildrenInput& input) {
  std::vector<Child> children;
  const auto want = [&children](const kube::ResourceKind& kind, nlohmann::json object) {
    children.push_back({&kind, with_applied_digest(std::move(object))});
  };
  int pods = input.workload.replicas;
  for (const auto& [ordinal, assignment] : input.assignments) pods = std::max(pods, ordinal + 1);
  want(kube::kServiceAccounts, service_account(identity));
  want(kube::kRoles, role(identity, pods));
  want(kube::kRoleBindings, role_binding(identity));
  want(kube::kConfigMaps, routes_config_map(identity, input.bridge, input.record));
  for (const auto& [ordinal, assignment] : input.assignments) {
    want(kube::kConfigMaps, assignment_config_map(identity, ordinal, assignment));
    want(kube::kLeases, pod_lease(identity, ordinal));
  }
  want(kube::kServices, headless_service(identity));
  want(kube::kServices, metrics_service(identity));
  want(kube::kNetworkPolicies, network_policy(identity));
  want(kube::kDisruptionBudgets, disruption_budget(identity));
  if (input.with_workload) want(kube::kStatefulSets, stateful_set(identity, input.workload));
  return children;
}

}  // namespace mkb::reconcile
