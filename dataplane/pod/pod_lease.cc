#include "dataplane/pod/pod_lease.h"

#include "kube/micro_time.h"
#include "kube/resource_kind.h"

namespace mkb::dataplane {
namespace {

constexpr int kLeaseSeconds = 10;
constexpr std::string_view kPrefix = "mkb-";

}  // namespace

Result<std::string> PodIdentity::bridge() const {
  const std::size_t dash = name.rfind('-');
  const bool numbered = dash != std::string::npos && dash + 1 < name.size() &&
                        name.find_first_not_of("0123456789", dash + 1) == std::string::npos;
  if (!name.starts_with(kPrefix) || !numbered || dash <= kPrefix.size()) {
    return Error(PodNameError::kNoPodOfABridge,
                 "the pod's name '" + name + "' is not mkb-<bridge>-<number>: it is no pod of a bridge");
  }
  return name.substr(kPrefix.size(), dash - kPrefix.size());
}

nlohmann::json pod_lease(const PodIdentity& pod, const std::string& bridge, std::string_view bridge_uid,
                         const api::PodReport& report, std::int64_t unix_ms) {
  nlohmann::json metadata = {{"name", pod.name},
                             {"namespace", pod.name_space},
                             {"labels",
                              {{"app.kubernetes.io/name", "mqtt-kafka-bridge"},
                               {"app.kubernetes.io/instance", bridge},
                               {"app.kubernetes.io/managed-by", "mkb-operator"}}},
                             {"annotations", {{std::string(api::kReportAnnotation), api::to_json(report)}}}};
  if (!bridge_uid.empty()) {
    metadata["ownerReferences"] = {{{"apiVersion", kube::kBridges.api_version()},
                                    {"kind", kube::kBridges.kind},
                                    {"name", bridge},
                                    {"uid", bridge_uid},
                                    {"controller", true}}};
  }
  return {{"apiVersion", kube::kLeases.api_version()},
          {"kind", kube::kLeases.kind},
          {"metadata", std::move(metadata)},
          {"spec",
           {{"holderIdentity", pod.uid},
            {"leaseDurationSeconds", kLeaseSeconds},
            {"renewTime", kube::micro_time(unix_ms)}}}};
}

}  // namespace mkb::dataplane
