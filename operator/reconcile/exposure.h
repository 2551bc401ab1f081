#pragma once

#include <nlohmann/json.hpp>

#include "operator/reconcile/bridge_identity.h"

namespace mkb::reconcile {

/// How the pods of a bridge are reached and guarded. Pure.

/// Headless: gives each pod its name in DNS, ready or not.
nlohmann::json headless_service(const BridgeIdentity& identity);
/// What Prometheus scrapes.
nlohmann::json metrics_service(const BridgeIdentity& identity);
/// One pod at a time may be taken away: the others can carry its shards.
nlohmann::json disruption_budget(const BridgeIdentity& identity);
/// Nothing but the admin port is reachable; to brokers and Kafka the way is open, wherever they are.
nlohmann::json network_policy(const BridgeIdentity& identity);

}  // namespace mkb::reconcile
