#include "operator/planner/handoff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/planner/handoff_fixture.h"

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

using enum ShardDuty;

class HandoffTest : public HandoffFixture {};

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
  pod(0).report = PodReport{2, 0, {2}, {}, {}, {}, ""};
  const Step one = step_and_show();
  EXPECT_THAT(written(one, 0), ElementsAre(ShardAssignment{2, kRelease}));
  EXPECT_THAT(written(one, 1), ElementsAre(ShardAssignment{0, kOwn}, ShardAssignment{1, kOwn},
                                           ShardAssignment{2, kPrepare}, ShardAssignment{3, kOwn}));
  EXPECT_EQ(one.moving, 1);
  // Of the release's epoch, though not yet of the assignment that followed.
  pod(0).report = PodReport{2, 0, {}, {}, {}, {}, ""};
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

TEST_F(HandoffTest, NewOwnersAreToldFirst) {
  settle_two();
  pod(0).vacate = true;
  EXPECT_THAT(step().order, ElementsAre(1, 0)) << "prepared before the other is told to release";
  EXPECT_THAT(step_and_show().order, ElementsAre(1, 0)) << "also when it is written again";
  obey(0);
  obey(1);
  EXPECT_THAT(step_and_show().order, ElementsAre(1, 0));
  EXPECT_THAT(step().order, IsEmpty());
}

TEST_F(HandoffTest, WhatOnlyBecameEstablishedIsNotUrgent) {
  pod(0);
  pod(1);
  shards(4);
  EXPECT_THAT(step_and_show().order, ElementsAre(0, 1));
  obey(0);
  obey(1);
  pod(2);
  const Step made = step();
  ASSERT_TRUE(made.writes.contains(2));
  EXPECT_EQ(made.order.front(), 2);
  EXPECT_EQ(made.order.size(), made.writes.size());
}

TEST_F(HandoffTest, AReportOfAnOlderAssignmentReleasesNothing) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  pod(0).report = PodReport{1, 0, {}, {}, {}, {}, ""};
  EXPECT_THAT(step().writes, IsEmpty());
}

TEST_F(HandoffTest, AReportOfAnAssignmentThatTheViewDoesNotShowReleasesNothing) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  pod(0).report = PodReport{9, 0, {}, {}, {}, {}, ""};
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
  pod(0).report = PodReport{2, 0, {}, {}, {}, {}, ""};
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
  pod(0).report = PodReport{2, 0, {}, {}, {}, {}, ""};
  // Before the operator sees that report the move is taken back, and then asked for again.
  PodState seen = pod(0);
  pod(0).report = PodReport{1, 0, {0, 2}, {}, {}, {}, ""};
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
  EXPECT_THAT(made.stranded, ElementsAre(0));
  pod(2);
  EXPECT_THAT(step().stranded, IsEmpty());
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
  pod(0).report = PodReport{2, 0, {}, {}, {}, {}, ""};
  const Step owned = step();
  view_ = before;
  view_.pods[0].vacate = true;
  EXPECT_EQ(step().writes, owned.writes);
  view_ = releasing;
  EXPECT_EQ(step().writes, owned.writes);
}

}  // namespace
}  // namespace mkb::planner
