#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "api/assignment.h"
#include "api/shard_record.h"
#include "base/clock.h"
#include "operator/planner/handoff.h"
#include "operator/planner/joining_pods.h"
#include "operator/reconcile/secret_use.h"

namespace mkb::reconcile {

/// What the operator remembers of a bridge between two rounds. Nothing of it must survive a restart: the
/// lasting state is in the objects.
struct BridgeMemory {
  planner::Handoff handoff;
  planner::JoiningPods joining;
  /// The valid spec in force and where its filters are: what the routes ConfigMap is to say, whatever
  /// somebody made of it.
  struct InForce {
    std::string bridge;
    api::ShardRecord record;
  };
  std::optional<InForce> in_force;
  /// Shards that were assigned when nothing was left to tell which filters they have: they may have messages,
  /// so they are not ended.
  std::set<int> spared;
  std::optional<TimePoint> ending_since;   ///< when the deletion was first seen
  std::map<int, api::Assignment> written;  ///< by ordinal, as last written: what cached views may lack
  SecretVersions secrets;
  std::optional<TimePoint> secrets_read;
  std::optional<TimePoint> totals_written;
  std::optional<TimePoint> rest_waits;  ///< since when all but assignments waits because shards move
  /// By `<plural>/<name>`: the resourceVersion and the digest of what was applied to it without changing
  /// anything, although the object looked drifted (the server writes quantities its own way). That is not
  /// tried again.
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
