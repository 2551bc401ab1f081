#pragma once

#include <chrono>
#include <optional>
#include <set>

#include "base/clock.h"
#include "operator/planner/handoff_view.h"

namespace mkb::planner {

/// How long a new pod waits for the others that are still to come.
inline constexpr Duration kJoinPatience = std::chrono::seconds(5);

/// Lets the pods of one scaling get their shards together. One after another as they become ready, each would
/// be given some, and many of those would move on to the next pod a second later: silent twice, and while the
/// machine is busy with starting pods.
///
/// Nobody waits while a shard has no live owner. For the same bridge use the same object, and a new one after
/// becoming the leader. Not thread-safe; no clock inside.
class JoiningPods {
 public:
  /// Takes `accepts` from the pods of `view` without shards as long as one of `replicas` pods is yet to come,
  /// but from none for longer than kJoinPatience, and never from one that has had it. Returns how long after
  /// `now` to look again even if nothing happens; none when no pod waits.
  std::optional<Duration> hold_back(View& view, int replicas, TimePoint now);

 private:
  std::set<int> joined_;  ///< live ordinals that may be given shards, and stay so
  std::optional<TimePoint> waiting_since_;
};

}  // namespace mkb::planner
