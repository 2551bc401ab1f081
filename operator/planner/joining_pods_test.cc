#include "operator/planner/joining_pods.h"

#include <gtest/gtest.h>

#include "operator/planner/handoff_fixture.h"

namespace mkb::planner {
namespace {

using std::chrono::seconds;

class JoiningPodsTest : public HandoffFixture {
 protected:
  /// Pod 0 owns every shard.
  void settle_one() {
    pod(0);
    shards(4);
    step_and_show();
    obey(0);
    step_and_show();
  }

  /// Whether this pod may be given shards.
  bool accepts(int ordinal, int replicas) {
    View view = view_;
    again_ = joining_.hold_back(view, replicas, now_);
    for (const PodState& each : view.pods) {
      if (each.ordinal == ordinal) return each.accepts;
    }
    return false;
  }

  JoiningPods joining_;
  std::optional<Duration> again_;
};

TEST_F(JoiningPodsTest, ThoseOfOneScalingJoinTogether) {
  settle_one();
  pod(1);
  EXPECT_FALSE(accepts(1, 3));
  EXPECT_EQ(again_, kJoinPatience);
  pod(2);
  EXPECT_TRUE(accepts(1, 3));
  EXPECT_EQ(again_, std::nullopt);
  EXPECT_TRUE(accepts(2, 3));
}

TEST_F(JoiningPodsTest, OneThatIsThereButNotReadyIsYetToCome) {
  settle_one();
  pod(1);
  pod(2).accepts = false;
  EXPECT_FALSE(accepts(1, 3));
  pod(2).accepts = true;
  EXPECT_TRUE(accepts(1, 3));
}

TEST_F(JoiningPodsTest, PatienceEnds) {
  settle_one();
  pod(1);
  EXPECT_FALSE(accepts(1, 3));
  now_ += kJoinPatience - seconds(1);
  EXPECT_FALSE(accepts(1, 3));
  EXPECT_EQ(again_, seconds(1));
  now_ += seconds(1);
  EXPECT_TRUE(accepts(1, 3));
}

TEST_F(JoiningPodsTest, OneThatJoinedIsNotHeldBackAgain) {
  settle_one();
  pod(1);
  EXPECT_TRUE(accepts(1, 2));
  EXPECT_TRUE(accepts(1, 3)) << "a third pod is yet to come";
  pod(2);
  EXPECT_FALSE(accepts(2, 4));
  EXPECT_TRUE(accepts(1, 4));
}

TEST_F(JoiningPodsTest, OneThatHasShardsIsNotHeldBack) {
  settle_two();
  EXPECT_TRUE(accepts(0, 4));
  EXPECT_TRUE(accepts(1, 4));
  pod(1).assignment->shards.clear();
  EXPECT_TRUE(accepts(1, 4)) << "it has joined";
}

TEST_F(JoiningPodsTest, OneThatComesBackWaitsAgain) {
  settle_two();
  EXPECT_TRUE(accepts(1, 3));
  pod(0).assignment->shards = {{0, api::ShardDuty::kOwn},
                               {1, api::ShardDuty::kOwn},
                               {2, api::ShardDuty::kOwn},
                               {3, api::ShardDuty::kOwn}};
  pod(1).assignment->shards.clear();
  pod(1).alive = pod(1).accepts = false;
  EXPECT_FALSE(accepts(1, 3));
  pod(1).alive = pod(1).accepts = true;
  EXPECT_FALSE(accepts(1, 3));
  EXPECT_TRUE(accepts(1, 2));
}

TEST_F(JoiningPodsTest, NobodyWaitsWhileAShardHasNoLiveOwner) {
  settle_one();
  pod(1);
  pod(0).alive = pod(0).accepts = false;
  EXPECT_TRUE(accepts(1, 3));
}

TEST_F(JoiningPodsTest, ANewBridgeIsServedByItsFirstPod) {
  shards(4);
  pod(0);
  EXPECT_TRUE(accepts(0, 3));
}

TEST_F(JoiningPodsTest, AnUnreadyOwnerKeepsNobodyWaiting) {
  settle_two();
  pod(0).accepts = false;
  pod(2);
  EXPECT_TRUE(accepts(2, 3));
}

TEST_F(JoiningPodsTest, APodBeyondTheReplicasIsNotWaitedFor) {
  settle_one();
  pod(1);
  pod(5).accepts = false;
  EXPECT_TRUE(accepts(1, 2));
}

TEST_F(JoiningPodsTest, EachLateComerHasItsOwnPatience) {
  settle_one();
  pod(1);
  EXPECT_FALSE(accepts(1, 4));
  now_ += kJoinPatience;
  EXPECT_TRUE(accepts(1, 4));
  pod(2);
  EXPECT_FALSE(accepts(2, 4));
  EXPECT_EQ(again_, kJoinPatience);
}

}  // namespace
}  // namespace mkb::planner
