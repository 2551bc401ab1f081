#pragma once

#include <chrono>

#include "base/clock.h"
#include "operator/planner/assignment_memory.h"
#include "operator/planner/duty_log.h"
#include "operator/planner/handoff_view.h"

namespace mkb::planner {

/// How long a pod may take to release a shard before its new owner takes it without waiting.
inline constexpr Duration kReleaseDeadline = std::chrono::seconds(2);

/// Moves the shards of one bridge between its pods, one step at a time: from what is assigned and reported to
/// what is to be assigned next. Pure but for what it remembers of its own writes and since when releases run;
/// for the same bridge use the same object, and a new one after becoming the leader. Not thread-safe.
///
/// A shard goes from A to B like this: A is told to release and B to prepare; when A has reported that it let
/// go, or after kReleaseDeadline, or when A is dead, B is told to own it and A nothing any more. The MQTT
/// broker closes A's connection, if there still is one, when B connects with the same client id. A shard
/// without an owner, or with a dead one, is given to a live pod at once.
///
/// A shard that leaves the view is ended by its owner (or by any live pod when that is dead) and then
/// dropped.
///
/// A release is believed only from a report of the assignment that brought it or of a later one that the view
/// shows. So an old view or report can delay a hand-off but not make two pods acknowledge. This asks of the
/// caller:
/// - Views do not go back in time, and the first one after becoming the leader is current (a list that asks
///   for the most recent state, not one from a cache).
/// - Writes are tried soon, and not any more after a later step. Failed ones need not be told: they are in
///   every step until a view shows them. A write that the API server has already is in a step, too, as long
///   as the view is older; it changes nothing.
/// - An assignment ConfigMap is removed only for an ordinal in `vacated` or that has no pod and no shards.
class Handoff {
 public:
  explicit Handoff(Duration release_deadline = kReleaseDeadline) : duties_(release_deadline) {}

  /// Nothing is written when all is as it should be.
  Step step(const View& view, TimePoint now);

 private:
  AssignmentMemory memory_;
  DutyLog duties_;
};

}  // namespace mkb::planner
