#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "kube/resource_kind.h"
#include "kube/work_queue.h"
#include "operator/reconcile/lease_book.h"

namespace mkb::operators {

/// Puts the bridge that an object belongs to into the work queue when the object changed. A pod renews its
/// Lease every few seconds: only what the renewal says anew is worth a reconcile. Thread-safe.
class ChangeRouter {
 public:
  ChangeRouter(kube::WorkQueue& queue, reconcile::LeaseBook& leases, const Clock& clock)
      : queue_(queue), leases_(leases), clock_(clock) {}

  void on_change(const kube::ResourceKind& kind, const nlohmann::json& object, bool removed);

 private:
  bool lease_says_something_new(const std::string& key, const nlohmann::json& lease, bool removed);

  kube::WorkQueue& queue_;
  reconcile::LeaseBook& leases_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::string> last_said_;  ///< by Lease: holder and report, without the totals
};

/// The key of the bridge that an object belongs to; empty when it belongs to none. Pure.
std::string bridge_key_of(const kube::ResourceKind& kind, const nlohmann::json& object);

}  // namespace mkb::operators
