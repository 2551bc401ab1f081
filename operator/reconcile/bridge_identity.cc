#include "operator/reconcile/bridge_identity.h"

#include <charconv>

#include "kube/resource_kind.h"

namespace mkb::reconcile {

using nlohmann::json;

BridgeIdentity BridgeIdentity::of(const json& bridge) {
  const json metadata = bridge.value("metadata", json::object());
  return {metadata.value("name", ""), metadata.value("namespace", ""), metadata.value("uid", "")};
}

int BridgeIdentity::ordinal(std::string_view pod_name) const {
  const std::string prefix = workload() + "-";
  if (!pod_name.starts_with(prefix)) return -1;
  const std::string_view digits = pod_name.substr(prefix.size());
  int value = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && value >= 0 && value < kMostPods && std::to_string(value) == digits ? value : -1;
}

json BridgeIdentity::selector() const {
  return {{"app.kubernetes.io/name", "mqtt-kafka-bridge"}, {"app.kubernetes.io/instance", name}};
}

std::string BridgeIdentity::selector_text() const {
  return "app.kubernetes.io/instance=" + name + ",app.kubernetes.io/name=mqtt-kafka-bridge";
}

json BridgeIdentity::labels() const {
  json all = selector();
  all["app.kubernetes.io/managed-by"] = kManagedBy;
  return all;
}

json BridgeIdentity::child(std::string_view api_version, std::string_view kind,
                           const std::string& child_name) const {
  const json owner{{"apiVersion", kube::kBridges.api_version()},
                   {"kind", kube::kBridges.kind},
                   {"name", name},
                   {"uid", uid},
                   {"controller", true},
                   {"blockOwnerDeletion", true}};
  return {{"apiVersion", api_version},
          {"kind", kind},
          {"metadata",
           {{"name", child_name},
            {"namespace", name_space},
            {"labels", labels()},
            {"ownerReferences", {owner}}}}};
}

}  // namespace mkb::reconcile
