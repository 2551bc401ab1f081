#include "operator/change_router.h"

#include "api/assignment.h"
#include "kube/object_store.h"
#include "operator/reconcile/records.h"

namespace mkb::operators {
namespace {

using nlohmann::json;

/// A Lease that was silent for longer than this has news by speaking at all.
constexpr Duration kLongSilence = std::chrono::seconds(5);

}  // namespace

std::string bridge_key_of(const kube::ResourceKind& kind, const json& object) {
  if (kind.plural == kube::kBridges.plural) return kube::object_key(object);
  const json metadata = object.value("metadata", json::object());
  const std::string name_space = metadata.value("namespace", "");
  if (kind.plural == kube::kPods.plural) {
    const std::string instance =
        metadata.value("labels", json::object()).value("app.kubernetes.io/instance", "");
    return instance.empty() ? "" : kube::object_key(name_space, instance);
  }
  for (const json& owner : metadata.value("ownerReferences", json::array())) {
    if (owner.value("kind", "") == kube::kBridges.kind)
      return kube::object_key(name_space, owner.value("name", ""));
  }
  return "";
}

void ChangeRouter::on_change(const kube::ResourceKind& kind, const json& object, bool removed) {
  if (kind.plural == kube::kLeases.plural &&
      !lease_says_something_new(kube::object_key(object), object, removed)) {
    return;
  }
  const std::string key = bridge_key_of(kind, object);
  if (!key.empty()) queue_.add(key);
}

bool ChangeRouter::lease_says_something_new(const std::string& key, const json& lease, bool removed) {
  const TimePoint now = clock_.now();
  if (removed) {
    leases_.forget(key);
    const std::lock_guard lock(mutex_);
    last_said_.erase(key);
    return true;
  }
  const auto before = leases_.renewed_at(key);
  leases_.observe(key, lease, now);
  auto report = reconcile::report_of(lease);
  if (report) report->routes.clear();
  std::string said = lease.value(json::json_pointer("/spec/holderIdentity"), "") + " " +
                     (report ? api::to_json(*report) : "-");
  const std::lock_guard lock(mutex_);
  std::string& last = last_said_[key];
  const bool is_new = last != said || !before || now - *before >= kLongSilence;
  last = std::move(said);
  return is_new;
}

}  // namespace mkb::operators
