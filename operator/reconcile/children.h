#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/assignment.h"
#include "api/shard_record.h"
#include "kube/resource_kind.h"
#include "operator/reconcile/bridge_identity.h"
#include "operator/reconcile/workload.h"

namespace mkb::reconcile {

struct Child {
  const kube::ResourceKind* kind = nullptr;
  nlohmann::json object;

  [[nodiscard]] std::string name() const { return object["metadata"]["name"]; }
};

struct ChildrenInput {
  const nlohmann::json& bridge;  ///< in force: metadata.generation and spec
  api::ShardRecord record;
  WorkloadInput workload;
  /// False: the StatefulSet stays as it is, because its pods could not start as the spec says now.
  bool with_workload = true;
  std::map<int, api::Assignment> assignments;  ///< by ordinal; of every pod that exists or is to come
};

/// Every object of a bridge, in the order in which a pod needs them, each with the digest annotation of
/// drift.h. Pure.
std::vector<Child> wanted_children(const BridgeIdentity& identity, const ChildrenInput& input);

/// The kinds of those objects.
const std::vector<const kube::ResourceKind*>& child_kinds();

}  // namespace mkb::reconcile
