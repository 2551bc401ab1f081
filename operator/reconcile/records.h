#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "api/assignment.h"
#include "api/shard_record.h"
#include "operator/reconcile/bridge_identity.h"

namespace mkb::reconcile {

inline constexpr const char* kBridgeKey = "bridge.yaml";

/// What the pods read: ConfigMaps and the Leases they report on. Pure.

/// The resource itself and where its filters are; `bridge` as the API server has it.
nlohmann::json routes_config_map(const BridgeIdentity& identity, const nlohmann::json& bridge,
                                 const api::ShardRecord& record);
nlohmann::json assignment_config_map(const BridgeIdentity& identity, int ordinal,
                                     const api::Assignment& assignment);
/// Without a spec: that is the pod's to write.
nlohmann::json pod_lease(const BridgeIdentity& identity, int ordinal);

/// A bridge as the API server has it, as text for the codec: status is ours; managedFields and the like are
/// none of its business.
std::string resource_text(const nlohmann::json& bridge);

/// The content of the objects above; nullopt when it is missing or malformed.
std::optional<api::Assignment> assignment_of(const nlohmann::json& config_map);
std::optional<api::PodReport> report_of(const nlohmann::json& lease);
/// Whether the content of a routes ConfigMap is what was applied last.
bool is_as_applied(const BridgeIdentity& identity, const nlohmann::json& config_map);
api::ShardRecord record_of(const nlohmann::json& config_map);
/// The resource that the routes ConfigMap holds, as JSON text; empty without one.
std::string bridge_text_of(const nlohmann::json& config_map);

}  // namespace mkb::reconcile
