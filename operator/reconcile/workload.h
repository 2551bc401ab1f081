#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "operator/reconcile/bridge_identity.h"
#include "operator/reconcile/secret_use.h"

namespace mkb::reconcile {

struct WorkloadInput {
  int replicas = 1;
  std::string image;  ///< unless spec.pod.image names another
  std::vector<SecretUse> secrets;
  std::string secrets_digest;
  std::string settings_digest;  ///< of spec.mqtt and spec.kafka: what a running pod cannot take over
  nlohmann::json pod;           ///< spec.pod; may be null
};

/// The StatefulSet of a bridge. Its pods meet Pod Security `restricted`. updateStrategy is OnDelete: the
/// operator vacates a pod before it deletes it. Pure.
nlohmann::json stateful_set(const BridgeIdentity& identity, const WorkloadInput& input);

inline constexpr int kAdminPort = 8080;

}  // namespace mkb::reconcile
