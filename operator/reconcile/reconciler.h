#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kube/api_client.h"
#include "operator/reconcile/bridge_memory.h"
#include "operator/reconcile/caches.h"
#include "operator/reconcile/lease_book.h"
#include "operator/reconcile/notes.h"

namespace mkb::reconcile {

struct ReconcilerOptions {
  std::string image;  ///< of the data plane, unless spec.pod.image names another
  /// How long the end of a deleted bridge's sessions may take.
  Duration end_deadline = std::chrono::seconds(60);
};

/// Why a round must be repeated soon.
enum class ReconcileError {
  kRequestsFailed = 1,  ///< the API server refused or did not answer some requests
  kUnexpectedShape,     ///< an object is not what its kind promises
};

/// How one round went.
struct RoundOutcome {
  std::optional<Duration> again;  ///< look again by then even if nothing changes, failed or not
  std::optional<Error> failure;   ///< of ReconcileError

  [[nodiscard]] bool ok() const { return !failure; }
};

/// Brings what belongs to one bridge to what its spec says, a step at a time: called again whenever something
/// changed. Used by several workers, never by two with the same key. Thread-safe.
class Reconciler {
 public:
  Reconciler(kube::ApiClient& client, Caches& caches, LeaseBook& leases, Notes& notes, const Clock& clock,
             ReconcilerOptions options);

  /// One round for the bridge `<namespace>/<name>`.
  RoundOutcome reconcile(const std::string& key, const std::stop_token& stop);

  /// To be called when this process becomes the leader.
  void forget_all() { memories_.clear(); }

 private:
  kube::ApiClient& client_;
  Caches& caches_;
  LeaseBook& leases_;
  Notes& notes_;
  const Clock& clock_;
  ReconcilerOptions options_;
  BridgeMemories memories_;
};

}  // namespace mkb::reconcile
