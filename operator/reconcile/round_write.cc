#include <algorithm>

#include "kube/finalizer.h"
#include "operator/reconcile/digest.h"
#include "operator/reconcile/drift.h"
#include "operator/reconcile/records.h"
#include "operator/reconcile/round.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

std::string version_of(const json& object) {
  return object.value(json::json_pointer("/metadata/resourceVersion"), "");
}

bool belongs_to(const json& object, const std::string& uid) {
  const json owners = object.value(json::json_pointer("/metadata/ownerReferences"), json::array());
  return std::any_of(owners.begin(), owners.end(),
                     [&uid](const json& each) { return each.value("uid", "") == uid; });
}

}  // namespace

void Round::failed(const Error& error) {
  failures_.push_back(error.message());
}

bool Round::ensure(const Child& child, bool only_as_seen) {
  if (!ports_.caches.problem(*child.kind).empty() && !ports_.caches.of(*child.kind).synced()) {
    failures_.push_back(ports_.caches.problem(*child.kind));
    return false;
  }
  const std::string name = child.name();
  const std::string slot = std::string(child.kind->plural) + "/" + name;
  auto actual = ports_.caches.of(*child.kind).find(kube::object_key(identity_.name_space, name));
  if (!actual) {
    // Not in the cache is not the same as not there: an object without our label is somebody else's.
    auto there = ports_.client.get(*child.kind, identity_.name_space, name, ports_.stop);
    if (there) {
      actual = std::move(*there);
    } else if (!there.error().is(kube::ApiError::kNotFound)) {
      failed(there.error());
      return false;
    }
  }
  if (actual && !belongs_to(*actual, identity_.uid)) {
    if (!stall_) {
      stall_ = Stall{"NameTaken", std::string(child.kind->kind) + " " + identity_.name_space + "/" + name +
                                      " exists and does not belong to this bridge: rename one of them"};
    }
    return false;
  }
  if (actual && !drifted(child.object, *actual)) return true;
  const std::string attempt = actual ? version_of(*actual) + " " + digest(child.object.dump()) : "";
  if (actual && memory_.futile[slot] == attempt) return true;
  json object = child.object;
  // The server refuses it (409) when the object is no longer the one that was decided on.
  if (only_as_seen && actual) object["metadata"]["resourceVersion"] = version_of(*actual);
  auto written = ports_.client.apply(*child.kind, identity_.name_space, name, object, {}, ports_.stop);
  if (!written) {
    failed(written.error());
    return false;
  }
  const bool changed_nothing = actual && version_of(*written) == version_of(*actual);
  memory_.futile[slot] = changed_nothing ? attempt : "";
  ports_.caches.of(*child.kind).absorb(*written);
  return true;
}

void Round::remove(const kube::ResourceKind& kind, const std::string& name, const std::string& uid) {
  if (!ports_.caches.of(kind).find(kube::object_key(identity_.name_space, name))) return;
  if (auto removed = ports_.client.remove(kind, identity_.name_space, name, uid, ports_.stop); !removed) {
    failed(removed.error());
  }
}

bool Round::write_assignments() {
  for (const int ordinal : step_.order) {
    const api::Assignment& assignment = step_.writes.at(ordinal);
    const Child child{&kube::kConfigMaps,
                      with_applied_digest(assignment_config_map(identity_, ordinal, assignment))};
    if (!ensure(child, true)) return false;
    memory_.written[ordinal] = assignment;
  }
  return true;
}

bool Round::change_finalizer(bool present) {
  const auto patch =
      present ? kube::add_finalizer(bridge_, kFinalizer) : kube::remove_finalizer(bridge_, kFinalizer);
  if (!patch) return true;
  auto written =
      ports_.client.json_patch(kube::kBridges, identity_.name_space, identity_.name, *patch, {}, ports_.stop);
  if (!written) {
    if (!present && written.error().is(kube::ApiError::kNotFound)) return true;
    failed(written.error());
    return false;
  }
  ports_.caches.of(kube::kBridges).absorb(*written);
  bridge_["metadata"] = written->value("metadata", bridge_["metadata"]);
  return true;
}

}  // namespace mkb::reconcile
