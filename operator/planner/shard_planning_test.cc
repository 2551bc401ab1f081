#include "operator/planner/shard_planning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "operator/planner/handoff_fixture.h"
#include "operator/planner/property_cases.h"

namespace mkb::planner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

api::BridgeSpec spec_of(int replicas) {
  api::BridgeSpec spec;
  spec.replicas = replicas;
  spec.shards = 8;
  api::MqttToKafkaRoute exclusive;
  exclusive.name = "exclusive";
  exclusive.filters = {"a/+", "a/1", "b"};
  api::MqttToKafkaRoute shared;
  shared.name = "shared";
  shared.filters = {"c/#"};
  shared.sharding = api::Sharding::kShared;
  spec.mqtt_to_kafka = {exclusive, shared};
  return spec;
}

TEST(ShardPlanningTest, SharedRoutesAreSpreadOverTheReplicas) {
  EXPECT_EQ(pack_filters(spec_of(0), {})->record.shared.at("shared").size(), 1U);
  EXPECT_EQ(pack_filters(spec_of(3), {})->record.shared.at("shared").size(), 3U);
}

TEST(ShardPlanningTest, AShardWeighsAsManyFiltersAsItHas) {
  api::ShardRecord record;
  record.filters = {{"a/+", 2}, {"a/1", 2}, {"b", 0}};
  record.shared = {{"shared", {3, 5}}};
  EXPECT_THAT(shard_weights(record), ElementsAre(Pair(0, 1), Pair(2, 2), Pair(3, 1), Pair(5, 1)));
}

TEST(ShardPlanningTest, APodGetsShardsWhenItLivesServesAndStays) {
  const auto accepts = [](bool alive, bool serves, bool going, int replicas) {
    return pod_state(2, alive, serves, going, replicas).accepts;
  };
  EXPECT_TRUE(accepts(true, true, false, 3));
  EXPECT_FALSE(accepts(false, true, false, 3));
  EXPECT_FALSE(accepts(true, false, false, 3));
  EXPECT_FALSE(accepts(true, true, true, 3));
  EXPECT_FALSE(accepts(true, true, false, 2));
}

TEST(ShardPlanningTest, APodIsVacatedWhenItGoesOrIsBeyondTheReplicas) {
  EXPECT_FALSE(pod_state(2, true, false, false, 3).vacate);
  EXPECT_TRUE(pod_state(2, true, true, true, 3).vacate);
  EXPECT_TRUE(pod_state(2, true, true, false, 2).vacate);
}

class FinalPlacementTest : public HandoffFixture {
 protected:
  /// Until nothing is written any more.
  void settle() {
    for (int i = 0; i < 20; ++i) {
      const Step step = step_and_show();
      for (const PodState& each : std::vector(view_.pods)) {
        if (each.alive && each.assignment) obey(each.ordinal);
      }
      if (step.writes.empty() && step.moving == 0) return;
    }
    ADD_FAILURE() << "does not settle";
  }

  std::map<int, int> owners() const {
    std::map<int, int> all;
    for (const PodState& each : view_.pods) {
      if (!each.assignment) continue;
      for (const auto& [shard, duty, established] : each.assignment->shards) {
        EXPECT_EQ(duty, api::ShardDuty::kOwn);
        EXPECT_TRUE(all.emplace(shard, each.ordinal).second) << shard;
      }
    }
    return all;
  }
};

TEST_F(FinalPlacementTest, OfAHandOffThatIsUnderWayIsItsEnd) {
  settle_two();
  pod(2);
  show(step());  // told, but not done
  const Placement foretold = final_placement(view_);
  EXPECT_THAT(foretold.moves, IsEmpty()) << "the shard is on its way already";
  settle();
  EXPECT_EQ(owners(), foretold.owners);
}

TEST_F(FinalPlacementTest, KnowsShardsThatOnlyAReportNames) {
  pod(0);
  pod(1);
  shards(4);
  pod(1).report = api::PodReport{};
  pod(1).report->held = {3};
  const Placement foretold = final_placement(view_);
  EXPECT_EQ(foretold.owners.at(3), 1);
  settle();
  EXPECT_EQ(owners(), foretold.owners);
}

TEST_F(FinalPlacementTest, AssignedShardsWithoutFiltersAreFound) {
  settle_two();
  EXPECT_THAT(assigned_without_filters(view_), IsEmpty());
  view_.shards.erase(1);
  view_.shards.erase(2);
  EXPECT_THAT(assigned_without_filters(view_), ElementsAre(1, 2));
}

// Whatever happens to the pods: what is foretold is what the operator's steps come to.
TEST_F(FinalPlacementTest, IsWhereTheStepsOfAHandOffLead) {
  int moves = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&random](int limit) {
      return static_cast<int>(random() % static_cast<unsigned>(limit));
    };
    view_ = {};
    handoff_ = Handoff();
    for (int shard = below(30); shard >= 0; --shard) view_.shards[shard] = 1 + below(3);
    int replicas = 1 + below(4);
    for (int ordinal = 0; ordinal < replicas; ++ordinal) pod(ordinal);
    settle();
    for (int change = 0; change < 3; ++change) {
      replicas = 1 + below(6);
      for (int ordinal = 0; ordinal < replicas; ++ordinal) pod(ordinal);
      const int dead = below(12);
      for (PodState& each : view_.pods) {
        const PodState state = pod_state(each.ordinal, each.ordinal != dead, true, false, replicas);
        each.alive = state.alive;
        each.vacate = state.vacate;
        each.accepts = state.accepts;
      }
      if (below(2) == 0) show(step());
      const Placement foretold = final_placement(view_);
      moves += static_cast<int>(foretold.moves.size());
      settle();
      ASSERT_EQ(owners(), foretold.owners) << "seed " << seed << ", change " << change;
    }
  }
  EXPECT_GT(moves, 1000) << "else this test shows nothing";
}

// However many join at once, equal shards move within the bound of one after another.
TEST_F(FinalPlacementTest, PodsThatJoinTogetherGetNoMoreThanTheirShare) {
  for (int count = 1; count <= 40; ++count) {
    for (int before = 1; before <= 5; ++before) {
      for (int joining = 1; joining <= 4; ++joining) {
        view_ = {};
        handoff_ = Handoff();
        shards(count);
        for (int ordinal = 0; ordinal < before; ++ordinal) pod(ordinal);
        settle();
        for (int i = 0; i < joining; ++i) pod(before + i);
        const auto moves = static_cast<int>(final_placement(view_).moves.size());
        ASSERT_LE(moves, count * joining / (before + joining) + joining)
            << count << " shards, " << before << " + " << joining;
      }
    }
  }
}

}  // namespace
}  // namespace mkb::planner
