#include "operator/reconcile/caches.h"

#include <algorithm>

#include "operator/reconcile/bridge_identity.h"
#include "operator/reconcile/children.h"

namespace mkb::reconcile {

Caches::Caches(const OnChange& on_change) {
  std::vector<const kube::ResourceKind*> watched = child_kinds();
  watched.push_back(&kube::kBridges);
  watched.push_back(&kube::kPods);
  for (const kube::ResourceKind* kind : watched) {
    auto store = std::make_unique<kube::ObjectStore>(
        [on_change, kind](const nlohmann::json& object, bool removed) { on_change(*kind, object, removed); });
    kinds_.emplace(kind->plural, Kind{*kind, std::move(store), nullptr});
  }
}

void Caches::start(kube::HttpTransport& transport, const std::string& name_space, const Clock& clock) {
  const std::lock_guard lock(mutex_);
  for (auto& [plural, entry] : kinds_) {
    kube::InformerOptions options;
    options.name_space = name_space;
    if (plural != kube::kBridges.plural) {
      options.label_selector = "app.kubernetes.io/managed-by=" + std::string(kManagedBy);
    }
    entry.informer = std::make_unique<kube::Informer>(transport, entry.kind, options, *entry.store, clock);
    entry.informer->start();
  }
}

void Caches::stop() {
  // Declared first, so it ends last: the informers' threads are waited for without the lock.
  std::vector<std::unique_ptr<kube::Informer>> ending;
  ending.reserve(kinds_.size());
  const std::lock_guard lock(mutex_);
  for (auto& [plural, entry] : kinds_) ending.push_back(std::move(entry.informer));
}

kube::ObjectStore& Caches::of(const kube::ResourceKind& kind) {
  return *kinds_.at(kind.plural).store;
}

bool Caches::synced() const {
  return std::all_of(kinds_.begin(), kinds_.end(), [this](const auto& each) {
    const Kind& entry = each.second;
    if (entry.store->synced()) return true;
    const bool needed =
        entry.kind.plural == kube::kBridges.plural || entry.kind.plural == kube::kPods.plural ||
        entry.kind.plural == kube::kConfigMaps.plural || entry.kind.plural == kube::kLeases.plural ||
        entry.kind.plural == kube::kStatefulSets.plural;
    return !needed && !problem(entry.kind).empty();
  });
}

std::string Caches::problem(const kube::ResourceKind& kind) const {
  const std::lock_guard lock(mutex_);
  const Kind& entry = kinds_.at(kind.plural);
  return entry.informer == nullptr ? "" : entry.informer->problem();
}

std::vector<std::string> Caches::problems() const {
  std::vector<std::string> all;
  for (const auto& [plural, entry] : kinds_) {
    if (std::string text = problem(entry.kind); !text.empty()) all.push_back(std::move(text));
  }
  return all;
}

}  // namespace mkb::reconcile
