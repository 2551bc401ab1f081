#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mkb::reconcile {

inline constexpr std::string_view kFinalizer = "mqttkafka.io/sessions";
inline constexpr std::string_view kPausedAnnotation = "mqttkafka.io/paused";
/// As many as spec.replicas can be.
inline constexpr int kMostPods = 1024;
inline constexpr std::string_view kManagedBy = "mkb-operator";

/// Who a bridge is and how its objects are called.
struct BridgeIdentity {
  std::string name;
  std::string name_space;
  std::string uid;

  /// Of an object as the API server has it.
  static BridgeIdentity of(const nlohmann::json& bridge);

  [[nodiscard]] std::string workload() const { return "mkb-" + name; }
  [[nodiscard]] std::string metrics_service() const { return workload() + "-metrics"; }
  [[nodiscard]] std::string routes() const { return workload() + "-routes"; }
  /// The pod, its assignment ConfigMap and its Lease have one name.
  [[nodiscard]] std::string pod(int ordinal) const { return workload() + "-" + std::to_string(ordinal); }
  /// The ordinal of a pod (or of its ConfigMap or Lease); -1 when it is none of this bridge.
  [[nodiscard]] int ordinal(std::string_view pod_name) const;

  [[nodiscard]] nlohmann::json labels() const;
  /// The labels that select the pods; they never change.
  [[nodiscard]] nlohmann::json selector() const;
  /// The same as text: `a=b,c=d`.
  [[nodiscard]] std::string selector_text() const;
  /// An object with apiVersion, kind and metadata: name, namespace, labels, controller reference.
  [[nodiscard]] nlohmann::json child(std::string_view api_version, std::string_view kind,
                                     const std::string& child_name) const;
};

}  // namespace mkb::reconcile
