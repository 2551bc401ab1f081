#include "operator/reconcile/records.h"

#include "kube/resource_kind.h"
#include "operator/reconcile/drift.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const json::json_pointer& pointer) {
  return object.contains(pointer) && object.at(pointer).is_string() ? object.at(pointer).get<std::string>()
                                                                    : "";
}

json::json_pointer data_pointer(std::string_view key) {
  return json::json_pointer("/data") / std::string(key);
}

}  // namespace

json routes_config_map(const BridgeIdentity& identity, const json& bridge, const api::ShardRecord& record) {
  const json generation = bridge.value(json::json_pointer("/metadata/generation"), json(0));
  const json carried{{"apiVersion", kube::kBridges.api_version()},
                     {"kind", kube::kBridges.kind},
                     {"metadata",
                      {{"name", identity.name},
                       {"namespace", identity.name_space},
                       {"uid", identity.uid},
                       {"generation", generation.is_number_integer() ? generation : json(0)}}},
                     {"spec", bridge.value("spec", json::object())}};
  json object = identity.child("v1", "ConfigMap", identity.routes());
  object["data"] = {{kBridgeKey, carried.dump()}, {std::string(api::kShardRecordKey), api::to_json(record)}};
  return object;
}

json assignment_config_map(const BridgeIdentity& identity, int ordinal, const api::Assignment& assignment) {
  json object = identity.child("v1", "ConfigMap", identity.pod(ordinal));
  object["data"] = {{std::string(api::kAssignmentKey), api::to_json(assignment)}};
  return object;
}

json pod_lease(const BridgeIdentity& identity, int ordinal) {
  json object = identity.child("coordination.k8s.io/v1", "Lease", identity.pod(ordinal));
  // As the pod writes it: an owner reference is one value for server-side apply, and two writers of different
  // ones would undo each other's at every renewal.
  object["metadata"]["ownerReferences"][0].erase("blockOwnerDeletion");
  return object;
}

std::string resource_text(const json& bridge) {
  return json{{"apiVersion", bridge.value("apiVersion", "")},
              {"kind", bridge.value("kind", "")},
              {"metadata", bridge.value("metadata", json::object())},
              {"spec", bridge.value("spec", json::object())}}
      .dump();
}

std::optional<api::Assignment> assignment_of(const json& config_map) {
  auto parsed = api::parse_assignment(text_at(config_map, data_pointer(api::kAssignmentKey)));
  return parsed ? std::optional(std::move(parsed).value()) : std::nullopt;
}

std::optional<api::PodReport> report_of(const json& lease) {
  const auto pointer = json::json_pointer("/metadata/annotations") / std::string(api::kReportAnnotation);
  auto parsed = api::parse_report(text_at(lease, pointer));
  return parsed ? std::optional(std::move(parsed).value()) : std::nullopt;
}

bool is_as_applied(const BridgeIdentity& identity, const json& config_map) {
  json object = identity.child("v1", "ConfigMap", identity.routes());
  object["data"] = config_map.value("data", json());
  return !drifted(with_applied_digest(std::move(object)), config_map);
}

api::ShardRecord record_of(const json& config_map) {
  auto parsed = api::parse_shard_record(text_at(config_map, data_pointer(api::kShardRecordKey)));
  return parsed ? std::move(parsed).value() : api::ShardRecord{};
}

std::string bridge_text_of(const json& config_map) {
  return text_at(config_map, data_pointer(kBridgeKey));
}

}  // namespace mkb::reconcile
