#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/bridge_spec.h"

namespace mkb::reconcile {

/// A Secret that a bridge refers to and the first field that does.
struct SecretUse {
  std::string name;
  std::string field;  ///< `spec.mqtt.auth.secretRef`
};

/// Ascending by name, each once.
std::vector<SecretUse> secrets_of(const api::BridgeSpec& spec);

/// What is known about Secrets: their resourceVersion, or nullopt when there is none of that name. The
/// operator never reads what is in them.
using SecretVersions = std::map<std::string, std::optional<std::string>>;

/// A digest of all versions, for the pod template: another one rolls the pods, which then mount and read the
/// new content.
std::string secrets_digest(const SecretVersions& versions);

}  // namespace mkb::reconcile
