#pragma once

#include <string>
#include <string_view>

namespace mkb::kube {

/// A kind of object and where the API server has it.
struct ResourceKind {
  std::string_view group;  ///< empty: the core group
  std::string_view version;
  std::string_view plural;
  std::string_view kind;

  /// `/api/v1/...` or `/apis/<group>/<version>/...` up to the plural; with an empty namespace, all of them.
  [[nodiscard]] std::string collection(std::string_view name_space) const;
  [[nodiscard]] std::string object(std::string_view name_space, std::string_view name) const;
  /// `v1` or `apps/v1`.
  [[nodiscard]] std::string api_version() const;
};

inline constexpr ResourceKind kBridges{"mqttkafka.io", "v1alpha1", "mqttkafkabridges", "MqttKafkaBridge"};
inline constexpr ResourceKind kStatefulSets{"apps", "v1", "statefulsets", "StatefulSet"};
inline constexpr ResourceKind kServices{"", "v1", "services", "Service"};
inline constexpr ResourceKind kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount"};
inline constexpr ResourceKind kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline constexpr ResourceKind kSecrets{"", "v1", "secrets", "Secret"};
inline constexpr ResourceKind kPods{"", "v1", "pods", "Pod"};
inline constexpr ResourceKind kRoles{"rbac.authorization.k8s.io", "v1", "roles", "Role"};
inline constexpr ResourceKind kRoleBindings{"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"};
inline constexpr ResourceKind kDisruptionBudgets{"policy", "v1", "poddisruptionbudgets",
                                                 "PodDisruptionBudget"};
inline constexpr ResourceKind kNetworkPolicies{"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"};
inline constexpr ResourceKind kLeases{"coordination.k8s.io", "v1", "leases", "Lease"};
inline constexpr ResourceKind kEvents{"events.k8s.io", "v1", "events", "Event"};

}  // namespace mkb::kube
