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
using testing::ElementsAre;
using testing::IsEmpty;

using enum ShardDuty;

class HandoffRecoveryTest : public HandoffFixture {};

TEST_F(HandoffRecoveryTest, AShardWithoutFiltersIsEndedByItsOwner) {
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

TEST_F(HandoffRecoveryTest, AnEndIsBelievedFromItsOwnEpochOnly) {
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

TEST_F(HandoffRecoveryTest, AShardOfADeadPodIsEndedByAnother) {
  settle_two();
  view_.shards.erase(2);
  pod(0).alive = false;
  const Step made = step_and_show();
  EXPECT_THAT(written(made, 0), IsEmpty());
  EXPECT_THAT(written(made, 1), ElementsAre(ShardAssignment{0, kOwn}, ShardAssignment{1, kOwn},
                                            ShardAssignment{2, kEnd}, ShardAssignment{3, kOwn}));
}

TEST_F(HandoffRecoveryTest, AShardThatComesBackIsOwnedAgain) {
  settle_two();
  view_.shards.erase(2);
  step_and_show();
  view_.shards[2] = 1;
  EXPECT_THAT(written(step_and_show(), 0), ElementsAre(ShardAssignment{0, kOwn}, ShardAssignment{2, kOwn}));
}

TEST_F(HandoffRecoveryTest, AnEndingBridgeEndsEveryShardOnce) {
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

TEST_F(HandoffRecoveryTest, AnEndingBridgeWithoutPodsWaits) {
  settle_two();
  view_.ending = true;
  pod(0).alive = pod(1).alive = false;
  EXPECT_FALSE(step().all_ended);
  view_.shards.clear();
  view_.pods.clear();
  EXPECT_TRUE(step().all_ended) << "there is nothing to end";
}

TEST_F(HandoffRecoveryTest, NothingIsCheckedAgainWithoutAPodThatCouldAct) {
  settle_two();
  pod(0).vacate = true;
  step_and_show();
  step();
  view_.ending = true;
  pod(0).alive = pod(1).alive = false;
  now_ += kReleaseDeadline;
  const Step made = step_and_show();
  EXPECT_EQ(made.writes.count(0), 0u);
  EXPECT_FALSE(step().check_again);
}

TEST_F(HandoffRecoveryTest, SaysWhichShardsLostTheirSession) {
  settle_two();
  pod(0).report->lost = {2, 3};
  pod(1).report->lost = {1};
  EXPECT_THAT(step().lost, ElementsAre(1, 2)) << "3 is not the first pod's";
}

TEST_F(HandoffRecoveryTest, ALostConfigMapIsWrittenAgain) {
  settle_two();
  handoff_ = Handoff();
  pod(0).assignment.reset();
  const Step made = step();
  EXPECT_EQ(made.writes.at(0), (Assignment{2, {{0, kOwn, true}, {2, kOwn, true}}}));
  EXPECT_EQ(made.writes.count(1), 0u);
}

TEST_F(HandoffRecoveryTest, HalfWrittenStepsAreCompleted) {
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

TEST_F(HandoffRecoveryTest, OfTwoOwnersTheNewerStays) {
  pod(0).assignment = Assignment{4, {{0, kOwn}}};
  pod(1).assignment = Assignment{5, {{0, kOwn}}};
  shards(1);
  const Step made = step();
  EXPECT_EQ(made.writes.at(0), (Assignment{6, {}}));
  EXPECT_EQ(made.writes.count(1), 0u);
}

TEST_F(HandoffRecoveryTest, EpochsExceedEveryEpochSeen) {
  pod(0).assignment = Assignment{7, {}};
  pod(0).report = PodReport{12, 0, {}, {}, {}, {}, ""};
  shards(1);
  EXPECT_EQ(step_and_show().writes.at(0).epoch, 13u);
  view_.pods.clear();
  pod(1);
  EXPECT_EQ(step().writes.at(1).epoch, 14u);
}

TEST_F(HandoffRecoveryTest, AShardIsEstablishedOnceItWasHeldAndStaysSo) {
  pod(0);
  shards(2);
  const Step first = step_and_show();
  EXPECT_EQ(first.writes.at(0), (Assignment{1, {{0, kOwn, false}, {1, kOwn, false}}}));
  pod(0).report = PodReport{1, 0, {1}, {}, {}, {}, ""};
  const Step second = step_and_show();
  EXPECT_EQ(second.writes.at(0), (Assignment{1, {{0, kOwn, false}, {1, kOwn, true}}}))
      << "there is nothing to obey, so no new epoch";
  EXPECT_THAT(step().writes, IsEmpty());
  // The pod is made anew and has no report yet.
  pod(0).report.reset();
  EXPECT_THAT(step().writes, IsEmpty());
}

TEST_F(HandoffRecoveryTest, AnEstablishedShardIsSoForItsNextOwner) {
  settle_two();
  pod(0).alive = false;
  const Step made = step_and_show();
  EXPECT_EQ(
      made.writes.at(1).shards,
      (std::vector<ShardAssignment>{{0, kOwn, true}, {1, kOwn, true}, {2, kOwn, true}, {3, kOwn, true}}));
}

}  // namespace
}  // namespace mkb::planner
