#pragma once

#include <nlohmann/json.hpp>

#include "operator/reconcile/bridge_identity.h"

namespace mkb::reconcile {

/// What the pods of a bridge may do at the API server: watch the routes and their own assignments, and renew
/// their own Leases; nothing else, and of no other bridge. Pure.
nlohmann::json service_account(const BridgeIdentity& identity);
/// `pods`: ordinals below it are named.
nlohmann::json role(const BridgeIdentity& identity, int pods);
nlohmann::json role_binding(const BridgeIdentity& identity);

}  // namespace mkb::reconcile
