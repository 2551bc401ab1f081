#include "operator/reconcile/access.h"

namespace mkb::reconcile {

using nlohmann::json;

json service_account(const BridgeIdentity& identity) {
  return identity.child("v1", "ServiceAccount", identity.workload());
}

json role(const BridgeIdentity& identity, int pods) {
  json assignments = json::array({identity.routes()});
  json leases = json::array();
  for (int ordinal = 0; ordinal < pods; ++ordinal) {
    assignments.push_back(identity.pod(ordinal));
    leases.push_back(identity.pod(ordinal));
  }
  json object = identity.child("rbac.authorization.k8s.io/v1", "Role", identity.workload());
  // list and watch of single objects: a field selector metadata.name= makes resourceNames match.
  object["rules"] = {{{"apiGroups", {""}},
                      {"resources", {"configmaps"}},
                      {"resourceNames", assignments},
                      {"verbs", {"get", "list", "watch"}}}};
  if (pods > 0) {
    object["rules"].push_back({{"apiGroups", {"coordination.k8s.io"}},
                               {"resources", {"leases"}},
                               {"resourceNames", leases},
                               {"verbs", {"get", "update", "patch"}}});
  }
  return object;
}

json role_binding(const BridgeIdentity& identity) {
  json object = identity.child("rbac.authorization.k8s.io/v1", "RoleBinding", identity.workload());
  object["roleRef"] = {
      {"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", identity.workload()}};
  object["subjects"] = {
      {{"kind", "ServiceAccount"}, {"name", identity.workload()}, {"namespace", identity.name_space}}};
  return object;
}

}  // namespace mkb::reconcile
