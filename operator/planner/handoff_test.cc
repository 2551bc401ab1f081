#include "operator/planner/handoff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace mkb::planner {
namespace {

using api::Assignment;
using api::PodReport;
using api::ShardAssignment;
using api::ShardDuty;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kOwn = ShardDuty::kOwn;
constexpr auto kPrepare = ShardDuty::kPrepare;
constexpr auto kRelease = ShardDuty::kRelease;
constexpr auto kEnd = ShardDuty::kEnd;

/// A view that shows what was written when the test says so, and pods that report when it says so.
class HandoffTest : public testing::Test {
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
    PodReport report;
    report.epoch = obedient.assignment->epoch;
    for (const ShardAssignment& each : obedient.assignment->shards) {
      if (each.duty == kOwn) report.held.push_back(each.shard);
      if (each.duty == kEnd) report.ended.push_back(each.shard);
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
    EXPECT_THAT(step().writes, IsEmpty());
  }

  static std::vector<ShardAssignment> written(const Step& step, int ordinal) {
    const auto found = step.writes.find(ordinal);
    EXPECT_NE(found, step.writes.end()) << "nothing written for " << ordinal;
    return found == step.writes.end() ? std::vector<ShardAssignment>() : found->second.shards;
  }

  View view_;
  Handoff handoff_;
  TimePoint now_{std::chrono::hours(1)};
};

TEST_F(HandoffTest, HasNothingToDoWithoutPods) {
  shards(3);
  const Step made = step();
  EXPECT_THAT(made.writes, IsEmpty());
  EXPECT_EQ(made.assigned, 0);
  EXPECT_FALSE(made.check_again);
}

TEST_F(HandoffTest, GivesNewShardsToOwnersAtOnce) {
  pod(0);
  pod(1);
  shards(4);
  const Step made = step_and_show();
  EXPECT_EQ(made.writes.at(0), (Assignment{1, {{0, kOwn}, {2, kOwn}}}));
  EXPECT_EQ(made.writes.at(1), (Assignment{1, {{1, kOwn}, {3, kOwn}}}));
  EXPECT_EQ(made.assigned, 4);
  EXPECT_EQ(made.moving, 0);
  EXPECT_THAT(step().writes, IsEmpty());
}

TEST_F(HandoffTest, WritesUntilTheViewShowsIt) {
  pod(0);
  shards(1);
  const Step first = step();
  EXPECT_EQ(first.check_again, seconds(1));
  const Step second = step();
  EXPECT_EQ(second.writes, first.writes);
  show(second);
  const Step third = step();
  EXPECT_THAT(third.writes, IsEmpty());
  EXPECT_FALSE(third.check_again);
}

TEST_F(HandoffTest, TellsALivePodThatItHoldsNothing) {
  pod(0);
  const Step made = step_and_show();
  EXPECT_EQ(made.writes.at(0), (Assignment{1, {}}));
  EXPECT_THAT(made.vacated, IsEmpty());
  EXPECT_THAT(step().vacated, IsEmpty());
  obey(0);
  EXPECT_THAT(step().vacated, ElementsAre(0));
}

TEST_F(HandoffTest, AMovingShardIsReleasedAndPreparedFirst) {
  settle_two();
  pod(0).vacate = true;
  const Step made = step_and_show();
  EXPECT_THAT(written(made, 0), ElementsAre(ShardAssignment{0, kRelease}, ShardAssignment{2, kRelease}));
  EXPECT_THAT(written(made, 1), ElementsAre(ShardAssignment{0, kPrepare}, ShardAssignment{1, kOwn},
                                            ShardAssignment{2, kPrepare}, ShardAssignment{3, kOwn}));
  EXPECT_EQ(made.writes.at(0).epoch, 2u);
  EXPECT_EQ(made.writes.at(1).epoch, 2u);
  EXPECT_EQ(made.assigned, 4);
  EXPECT_EQ(made.moving, 2);
  const Step waits = step();
  EXPECT_THAT(waits.writes, IsEmpty());
  EXPECT_EQ(waits.check_again, kReleaseDeadline);
}

TEST_F(HandoffTest, EachShardMovesWhenItsReleaseIsReported) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  pod(0).report = PodReport{2, 0, {2}, {}, {}, ""};
  const Step one = step_and_show();
  EXPECT_THAT(written(one, 0), ElementsAre(ShardAssignment{2, kRelease}));
  EXPECT_THAT(written(one, 1), ElementsAre(ShardAssignment{0, kOwn}, ShardAssignment{1, kOwn},
                                           ShardAssignment{2, kPrepare}, ShardAssignment{3, kOwn}));
  EXPECT_EQ(one.moving, 1);
  // Of the release's epoch, though not yet of the assignment that followed.
  pod(0).report = PodReport{2, 0, {}, {}, {}, ""};
  const Step two = step_and_show();
  EXPECT_THAT(written(two, 0), IsEmpty());
  EXPECT_EQ(two.moving, 0);
  EXPECT_THAT(two.vacated, IsEmpty());
  obey(0);
  obey(1);
  const Step rest = step();
  EXPECT_THAT(rest.writes, IsEmpty());
  EXPECT_THAT(rest.vacated, ElementsAre(0));
}

TEST_F(HandoffTest, AReportOfAnOlderAssignmentReleasesNothing) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  pod(0).report = PodReport{1, 0, {}, {}, {}, ""};
  EXPECT_THAT(step().writes, IsEmpty());
}

TEST_F(HandoffTest, AReportOfAnAssignmentThatTheViewDoesNotShowReleasesNothing) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  pod(0).report = PodReport{9, 0, {}, {}, {}, ""};
  EXPECT_THAT(step().writes, IsEmpty());
}

TEST_F(HandoffTest, TheDeadlineRunsFromWhenTheReleaseIsSeen) {
  settle_two();
  pod(0).vacate = true;
  const Step release = step();
  now_ += kReleaseDeadline;
  EXPECT_EQ(step().writes, release.writes);
  show(release);
  now_ += milliseconds(10);
  EXPECT_EQ(step().check_again, kReleaseDeadline);
  now_ += kReleaseDeadline - milliseconds(1);
  const Step almost = step();
  EXPECT_THAT(almost.writes, IsEmpty());
  EXPECT_EQ(almost.check_again, milliseconds(1));
  now_ += milliseconds(1);
  const Step made = step();
  EXPECT_THAT(written(made, 0), IsEmpty());
  EXPECT_EQ(written(made, 1).size(), 4u);
  EXPECT_EQ(written(made, 1)[0], (ShardAssignment{0, kOwn}));
}

TEST_F(HandoffTest, ANewOperatorStartsDeadlinesAnew) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  step();
  now_ += kReleaseDeadline - milliseconds(1);
  handoff_ = Handoff();
  EXPECT_EQ(step().check_again, kReleaseDeadline);
  now_ += milliseconds(1);
  EXPECT_THAT(step().writes, IsEmpty());
  pod(0).report = PodReport{2, 0, {}, {}, {}, ""};
  EXPECT_THAT(written(step(), 0), IsEmpty());
}

TEST_F(HandoffTest, ShardsOfADeadPodMoveAtOnce) {
  settle_two();
  pod(0).alive = pod(0).accepts = false;
  const Step made = step_and_show();
  EXPECT_THAT(written(made, 0), IsEmpty());
  EXPECT_EQ(written(made, 1).size(), 4u);
  EXPECT_EQ(made.assigned, 4);
  EXPECT_THAT(step().vacated, ElementsAre(0));
}

TEST_F(HandoffTest, APodThatDiesWhileReleasingIsNotWaitedFor) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  pod(0).alive = false;
  const Step made = step();
  EXPECT_THAT(written(made, 0), IsEmpty());
  EXPECT_EQ(written(made, 1)[0], (ShardAssignment{0, kOwn}));
}

TEST_F(HandoffTest, ATargetThatDiesIsReplaced) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  pod(1).alive = false;
  pod(2);
  const Step made = step_and_show();
  EXPECT_EQ(made.writes.count(0), 0u);
  EXPECT_THAT(written(made, 1), IsEmpty());
  EXPECT_THAT(written(made, 2), ElementsAre(ShardAssignment{0, kPrepare}, ShardAssignment{1, kOwn},
                                            ShardAssignment{2, kPrepare}, ShardAssignment{3, kOwn}));
}

TEST_F(HandoffTest, AMoveThatIsNotWantedAnyMoreIsTakenBack) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  pod(0).vacate = false;
  pod(1).accepts = false;
  const Step made = step_and_show();
  EXPECT_THAT(written(made, 0), ElementsAre(ShardAssignment{0, kOwn}, ShardAssignment{2, kOwn}));
  EXPECT_THAT(written(made, 1), ElementsAre(ShardAssignment{1, kOwn}, ShardAssignment{3, kOwn}));
  EXPECT_EQ(made.moving, 0);
}

TEST_F(HandoffTest, AReleaseThatIsAskedForAgainNeedsANewReport) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  pod(0).report = PodReport{2, 0, {}, {}, {}, ""};
  // Before the operator sees that report the move is taken back, and then asked for again.
  PodState seen = pod(0);
  pod(0).report = PodReport{1, 0, {0, 2}, {}, {}, ""};
  pod(0).vacate = false;
  pod(1).accepts = false;
  step_and_show();
  pod(0).vacate = true;
  pod(1).accepts = true;
  EXPECT_EQ(step_and_show().writes.at(0).epoch, 4u);
  pod(0).report = seen.report;
  EXPECT_THAT(step().writes, IsEmpty());
}

TEST_F(HandoffTest, APodThatIsOnlyNotReadyKeepsItsShards) {
  settle_two();
  pod(0).accepts = false;
  EXPECT_THAT(step().writes, IsEmpty());
}

TEST_F(HandoffTest, NothingMovesWhenNobodyCanTakeIt) {
  settle_two();
  pod(0).accepts = pod(1).accepts = false;
  pod(0).vacate = true;
  pod(1).alive = false;
  const Step made = step();
  EXPECT_THAT(made.writes, IsEmpty());
  EXPECT_EQ(made.assigned, 2);
}

TEST_F(HandoffTest, ANewPodGetsItsPart) {
  settle_two();
  pod(2);
  const Step made = step_and_show();
  EXPECT_EQ(made.moving, 1);
  EXPECT_THAT(written(made, 2), ElementsAre(ShardAssignment{0, kPrepare}));
}

TEST_F(HandoffTest, AStaleViewDecidesNothingTwice) {
  settle_two();
  const View before = view_;
  pod(0).vacate = true;
  step_and_show();
  const View releasing = view_;
  pod(0).report = PodReport{2, 0, {}, {}, {}, ""};
  const Step owned = step();
  view_ = before;
  view_.pods[0].vacate = true;
  EXPECT_EQ(step().writes, owned.writes);
  view_ = releasing;
  EXPECT_EQ(step().writes, owned.writes);
}

TEST_F(HandoffTest, AShardWithoutFiltersIsEndedByItsOwner) {
  settle_two();
  view_.shards.erase(2);
  const Step made = step_and_show();
  EXPECT_THAT(written(made, 0), ElementsAre(ShardAssignment{0, kOwn}, ShardAssignment{2, kEnd}));
  EXPECT_EQ(made.assigned, 3);
  EXPECT_THAT(step().writes, IsEmpty());
  obey(0);
  const Step done = step_and_show();
  EXPECT_THAT(done.ended, ElementsAre(2));
  EXPECT_THAT(written(done, 0), ElementsAre(ShardAssignment{0, kOwn}));
  EXPECT_FALSE(done.all_ended);
  obey(0);
  EXPECT_THAT(step().writes, IsEmpty());
  EXPECT_THAT(step().ended, IsEmpty());
}

TEST_F(HandoffTest, AnEndIsBelievedFromItsOwnEpochOnly) {
  settle_two();
  pod(0).report->ended = {2};
  view_.shards.erase(2);
  step_and_show();
  EXPECT_THAT(step().ended, IsEmpty());
  pod(0).report->epoch = 2;
  EXPECT_THAT(step().ended, IsEmpty()) << "it still holds the session";
  pod(0).report->held = {0};
  EXPECT_THAT(step().ended, ElementsAre(2));
}

TEST_F(HandoffTest, AShardOfADeadPodIsEndedByAnother) {
  settle_two();
  view_.shards.erase(2);
  pod(0).alive = false;
  const Step made = step_and_show();
  EXPECT_THAT(written(made, 0), IsEmpty());
  EXPECT_THAT(written(made, 1), ElementsAre(ShardAssignment{0, kOwn}, ShardAssignment{1, kOwn},
                                            ShardAssignment{2, kEnd}, ShardAssignment{3, kOwn}));
}

TEST_F(HandoffTest, AShardThatComesBackIsOwnedAgain) {
  settle_two();
  view_.shards.erase(2);
  step_and_show();
  view_.shards[2] = 1;
  EXPECT_THAT(written(step_and_show(), 0), ElementsAre(ShardAssignment{0, kOwn}, ShardAssignment{2, kOwn}));
}

TEST_F(HandoffTest, AnEndingBridgeEndsEveryShardOnce) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  view_.ending = true;
  view_.shards[9] = 1;
  const Step made = step_and_show();
  EXPECT_THAT(written(made, 0), ElementsAre(ShardAssignment{0, kEnd}, ShardAssignment{2, kEnd}));
  EXPECT_THAT(written(made, 1),
              ElementsAre(ShardAssignment{1, kEnd}, ShardAssignment{3, kEnd}, ShardAssignment{9, kEnd}));
  EXPECT_FALSE(made.all_ended);
  obey(0);
  const Step half = step();
  EXPECT_THAT(half.writes, IsEmpty());
  EXPECT_THAT(half.ended, ElementsAre(0, 2));
  pod(0).alive = false;
  EXPECT_THAT(step().writes, IsEmpty());
  obey(1);
  const Step all = step();
  EXPECT_THAT(all.ended, ElementsAre(0, 1, 2, 3, 9));
  EXPECT_TRUE(all.all_ended);
}

TEST_F(HandoffTest, AnEndingBridgeWithoutPodsWaits) {
  settle_two();
  view_.ending = true;
  pod(0).alive = pod(1).alive = false;
  EXPECT_FALSE(step().all_ended);
  view_.shards.clear();
  view_.pods.clear();
  EXPECT_TRUE(step().all_ended) << "there is nothing to end";
}

TEST_F(HandoffTest, SaysWhichShardsLostTheirSession) {
  settle_two();
  pod(0).report->lost = {2, 3};
  pod(1).report->lost = {1};
  EXPECT_THAT(step().lost, ElementsAre(1, 2)) << "3 is not the first pod's";
}

TEST_F(HandoffTest, ALostConfigMapIsWrittenAgain) {
  settle_two();
  handoff_ = Handoff();
  pod(0).assignment.reset();
  const Step made = step();
  EXPECT_EQ(made.writes.at(0), (Assignment{2, {{0, kOwn}, {2, kOwn}}}));
  EXPECT_EQ(made.writes.count(1), 0u);
}

TEST_F(HandoffTest, HalfWrittenStepsAreCompleted) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  obey(0);
  obey(1);
  const Step owned = step();
  // Only the new owner's part was written when the operator died.
  pod(1).assignment = owned.writes.at(1);
  handoff_ = Handoff();
  const Step rest = step();
  EXPECT_THAT(written(rest, 0), IsEmpty());
  EXPECT_EQ(rest.writes.count(1), 0u);
}

TEST_F(HandoffTest, OfTwoOwnersTheNewerStays) {
  pod(0).assignment = Assignment{4, {{0, kOwn}}};
  pod(1).assignment = Assignment{5, {{0, kOwn}}};
  shards(1);
  const Step made = step();
  EXPECT_EQ(made.writes.at(0), (Assignment{6, {}}));
  EXPECT_EQ(made.writes.count(1), 0u);
}

TEST_F(HandoffTest, EpochsExceedEveryEpochSeen) {
  pod(0).assignment = Assignment{7, {}};
  pod(0).report = PodReport{12, 0, {}, {}, {}, ""};
  shards(1);
  EXPECT_EQ(step_and_show().writes.at(0).epoch, 13u);
  view_.pods.clear();
  pod(1);
  EXPECT_EQ(step().writes.at(1).epoch, 14u);
}

}  // namespace
}  // namespace mkb::planner
