#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "api/assignment.h"
#include "base/clock.h"
#include "operator/planner/pod_table.h"

namespace mkb::planner {

/// Since when pods are told to release or end a shard, and whether they did. The only state of a hand-off
/// that is not in the assignments: after a restart of the operator the deadlines start anew.
class DutyLog {
 public:
  explicit DutyLog(Duration release_deadline) : release_deadline_(release_deadline) {}

  /// Takes over which releases and ends `pods` have. The deadline of a release starts when the view shows it,
  /// because only from then on can the pod know it.
  void observe(const PodTable& pods, TimePoint now);

  /// The pod reported that it obeyed the release of this shard, or has had its time for it.
  [[nodiscard]] bool released(const PodRecord& pod, int shard, TimePoint now) const;
  /// The pod reported that it ended the shard's session as it is told now.
  [[nodiscard]] bool ended(const PodRecord& pod, int shard) const;

  /// Of the releases that still run, the deadline that comes first; later than `now`.
  [[nodiscard]] std::optional<TimePoint> next_deadline(TimePoint now) const;

 private:
  struct Order {
    api::ShardDuty duty = api::ShardDuty::kRelease;
    std::uint64_t epoch = 0;  ///< of the assignment that brought it, as far as known, else a later one
    std::optional<TimePoint> deadline;  ///< of a release that the view shows
  };
  using Key = std::pair<int, int>;  ///< ordinal, shard

  [[nodiscard]] bool reported(const PodRecord& pod, int shard, api::ShardDuty duty) const;

  Duration release_deadline_;
  std::map<Key, Order> orders_;
};

}  // namespace mkb::planner
