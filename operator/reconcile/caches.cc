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
  for (auto& [plural, entry] : kinds_) entry.informer.reset();
}

kube::ObjectStore& Caches::of(const kube::ResourceKind& kind) {
  return *kinds_.at(kind.plural).store;
}

bool Caches::synced() const {
  return std::all_of(kinds_.begin(), kinds_.end(), [](const auto& each) {
    const Kind& entry = each.second;
    if (entry.store->synced()) return true;
    const bool needed =
        entry.kind.plural == kube::kBridges.plural || entry.kind.plural == kube::kPods.plural ||
        entry.kind.plural == kube::kConfigMaps.plural || entry.kind.plural == kube::kLeases.plural ||
        entry.kind.plural == kube::kStatefulSets.plural;
    return !needed && entry.informer != nullptr && !entry.informer->problem().empty();
  });
}

std::string Caches::problem(const kube::ResourceKind& kind) const {
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
