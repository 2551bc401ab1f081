#include "operator/reconcile/reconciler.h"

#include "operator/reconcile/round.h"

namespace mkb::reconcile {

Reconciler::Reconciler(kube::ApiClient& client, Caches& caches, LeaseBook& leases, Notes& notes,
                       const Clock& clock, ReconcilerOptions options)
    : client_(client),
      caches_(caches),
      leases_(leases),
      notes_(notes),
      clock_(clock),
      options_(std::move(options)) {}

RoundOutcome Reconciler::reconcile(const std::string& key, const std::stop_token& stop) {
  auto bridge = caches_.of(kube::kBridges).find(key);
  if (!bridge) {
    memories_.forget(key);
    return {};
  }
  Round round({client_, caches_, leases_, notes_, clock_, options_, stop}, std::move(*bridge),
              memories_.of(key));
  return round.run();
}

}  // namespace mkb::reconcile
