#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "operator/planner/handoff.h"

namespace mkb::planner {

/// A view that shows what was written when the test says so, and pods that report when it says so.
class HandoffFixture : public testing::Test {
 protected:
  PodState& pod(int ordinal) {
    for (PodState& each : view_.pods) {
      if (each.ordinal == ordinal) return each;
    }
    PodState made;
    made.ordinal = ordinal;
    made.alive = made.accepts = true;
    view_.pods.push_back(made);
    return view_.pods.back();
  }

  void shards(int count) {
    view_.shards.clear();
    for (int shard = 0; shard < count; ++shard) view_.shards[shard] = 1;
  }

  Step step() { return handoff_.step(view_, now_); }

  void show(const Step& step) {
    for (const auto& [ordinal, assignment] : step.writes) pod(ordinal).assignment = assignment;
  }

  Step step_and_show() {
    Step made = step();
    show(made);
    return made;
  }

  /// The pod does at once what it is told.
  void obey(int ordinal) {
    PodState& obedient = pod(ordinal);
    api::PodReport report;
    report.epoch = obedient.assignment->epoch;
    for (const api::ShardAssignment& each : obedient.assignment->shards) {
      if (each.duty == api::ShardDuty::kOwn) report.held.push_back(each.shard);
      if (each.duty == api::ShardDuty::kEnd) report.ended.push_back(each.shard);
    }
    obedient.report = report;
  }

  /// Two pods with two shards each.
  void settle_two() {
    pod(0);
    pod(1);
    shards(4);
    step_and_show();
    obey(0);
    obey(1);
    step_and_show();  // that the shards are established now
    EXPECT_THAT(step().writes, testing::IsEmpty());
  }

  /// The duties, whether the shards are established or not.
  static std::vector<api::ShardAssignment> written(const Step& step, int ordinal) {
    const auto found = step.writes.find(ordinal);
    EXPECT_NE(found, step.writes.end()) << "nothing written for " << ordinal;
    if (found == step.writes.end()) return {};
    std::vector<api::ShardAssignment> duties = found->second.shards;
    for (api::ShardAssignment& each : duties) each.established = false;
    return duties;
  }

  View view_;
  Handoff handoff_;
  TimePoint now_{std::chrono::hours(1)};
};

}  // namespace mkb::planner
