#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "api/assignment.h"
#include "base/clock.h"
#include "operator/planner/handoff.h"
#include "operator/reconcile/secret_use.h"

namespace mkb::reconcile {

/// What the operator remembers of a bridge between two rounds. Nothing of it must survive a restart: the
/// lasting state is in the objects.
struct BridgeMemory {
  planner::Handoff handoff;
  std::map<int, api::Assignment> written;  ///< by ordinal, as last written: what cached views may lack
  SecretVersions secrets;
  std::optional<TimePoint> secrets_read;
  std::optional<TimePoint> totals_written;
  /// By `<plural>/<name>`: the resourceVersion at which applying an object changed nothing although the
  /// object looked drifted. It is not tried again until somebody changes the object.
  std::map<std::string, std::string> futile;
  std::string stall;   ///< reason and message of the last Event
  std::set<int> lost;  ///< shards of the last SessionLost Event
};

/// The memories of all bridges. Thread-safe; a memory is used by the one worker that has its key.
class BridgeMemories {
 public:
  BridgeMemory& of(const std::string& key) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<BridgeMemory>& memory = memories_[key];
    if (memory == nullptr) memory = std::make_unique<BridgeMemory>();
    return *memory;
  }
  void forget(const std::string& key) {
    const std::lock_guard lock(mutex_);
    memories_.erase(key);
  }
  /// After leadership was lost or won: another may have written in the meantime.
  void clear() {
    const std::lock_guard lock(mutex_);
    memories_.clear();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<BridgeMemory>> memories_;
};

}  // namespace mkb::reconcile
