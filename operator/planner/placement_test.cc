#include "operator/planner/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::planner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

PlacementInput input(std::vector<PlacementPod> pods, int shards, std::map<int, int> previous = {}) {
  PlacementInput made;
  made.pods = std::move(pods);
  for (int shard = 0; shard < shards; ++shard) made.shards[shard] = 1;
  made.previous = std::move(previous);
  return made;
}

std::vector<PlacementPod> accepting(int count) {
  std::vector<PlacementPod> pods;
  pods.reserve(static_cast<std::size_t>(count));
  for (int ordinal = 0; ordinal < count; ++ordinal) pods.push_back({ordinal, PodRole::kAccepts});
  return pods;
}

std::map<int, int> counts(const Placement& placement) {
  std::map<int, int> by_pod;
  for (const auto& [shard, owner] : placement.owners) ++by_pod[owner];
  return by_pod;
}

TEST(PlaceShards, SpreadsNewShardsEvenly) {
  const auto placement = place_shards(input(accepting(3), 64));
  EXPECT_THAT(counts(placement), ElementsAre(Pair(0, 22), Pair(1, 21), Pair(2, 21)));
  ASSERT_EQ(placement.moves.size(), 64u);
  EXPECT_EQ(placement.moves[0], (ShardMove{0, std::nullopt, 0}));
  EXPECT_EQ(placement.moves[1], (ShardMove{1, std::nullopt, 1}));
}

TEST(PlaceShards, TheOrderOfPodsDecidesNothing) {
  const auto one = place_shards(input({{2, PodRole::kAccepts}, {0, PodRole::kAccepts}}, 3));
  const auto two = place_shards(input({{0, PodRole::kAccepts}, {2, PodRole::kAccepts}}, 3));
  EXPECT_EQ(one.owners, two.owners);
  EXPECT_THAT(one.owners, ElementsAre(Pair(0, 0), Pair(1, 2), Pair(2, 0)));
}

TEST(PlaceShards, KeepsWhatIsWithinATenthOfTheMean) {
  std::map<int, int> previous;
  for (int shard = 0; shard < 20; ++shard) previous[shard] = shard < 11 ? 0 : 1;
  const auto placement = place_shards(input(accepting(2), 20, previous));
  EXPECT_EQ(placement.owners, previous);
  EXPECT_THAT(placement.moves, IsEmpty());
}

TEST(PlaceShards, AHeavyPodGivesItsCheapestShardsUntilItIsNotHeavy) {
  PlacementInput in = input(accepting(2), 0);
  in.shards = {{0, 10}, {1, 2}, {2, 9}, {3, 1}, {4, 18}};
  in.previous = {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 1}};
  // 22 to 18 around a mean of 20: within a tenth.
  EXPECT_THAT(place_shards(in).moves, IsEmpty());
  in.shards[4] = 17;
  EXPECT_THAT(place_shards(in).moves, ElementsAre(ShardMove{3, 0, 1}));
  in.shards[4] = 15;
  EXPECT_THAT(place_shards(in).moves, ElementsAre(ShardMove{1, 0, 1}, ShardMove{3, 0, 1}));
}

TEST(PlaceShards, LeavesAHeavyPodAloneWhenNoMoveMakesItMoreEven) {
  PlacementInput in = input(accepting(2), 0);
  in.shards = {{0, 10}, {1, 1}};
  in.previous = {{0, 0}, {1, 1}};
  EXPECT_THAT(place_shards(in).moves, IsEmpty());
  in.shards[2] = 1;
  in.previous[2] = 0;
  EXPECT_THAT(place_shards(in).moves, ElementsAre(ShardMove{2, 0, 1}));
}

TEST(PlaceShards, LooksPastAHeavyPodThatCannotGive) {
  PlacementInput in = input(accepting(3), 0);
  in.shards = {{0, 30}, {1, 8}, {2, 8}, {3, 8}};
  in.previous = {{0, 0}, {1, 1}, {2, 1}, {3, 1}};
  EXPECT_THAT(place_shards(in).owners, ElementsAre(Pair(0, 0), Pair(1, 2), Pair(2, 1), Pair(3, 1)));
}

TEST(PlaceShards, ANewPodWorksEvenWhenNobodyIsHeavy) {
  std::map<int, int> previous;
  for (int shard = 0; shard < 64; ++shard) previous[shard] = shard % 16;
  const auto placement = place_shards(input(accepting(17), 64, previous));
  EXPECT_EQ(counts(placement).at(16), 3);
  EXPECT_EQ(placement.moves.size(), 3u);
}

TEST(PlaceShards, ShardsOfAPodThatLeavesGoToTheLightest) {
  PlacementInput in = input({{0, PodRole::kAccepts}, {1, PodRole::kLeaves}, {2, PodRole::kAccepts}}, 0);
  in.shards = {{0, 5}, {1, 1}, {2, 3}, {3, 4}};
  in.previous = {{0, 0}, {1, 1}, {2, 1}, {3, 2}};
  EXPECT_THAT(place_shards(in).moves, ElementsAre(ShardMove{1, 1, 0}, ShardMove{2, 1, 2}));
}

TEST(PlaceShards, ShardsOfAPodThatIsGoneGoToTheLightest) {
  const auto placement = place_shards(input(accepting(2), 2, {{0, 0}, {1, 7}}));
  EXPECT_THAT(placement.moves, ElementsAre(ShardMove{1, 7, 1}));
}

TEST(PlaceShards, APodThatOnlyKeepsNeitherGivesNorGets) {
  PlacementInput in = input({{0, PodRole::kKeeps}, {1, PodRole::kAccepts}, {2, PodRole::kKeeps}}, 6,
                            {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 1}});
  const auto placement = place_shards(in);
  EXPECT_THAT(placement.moves, ElementsAre(ShardMove{5, std::nullopt, 1}));
  EXPECT_THAT(counts(placement), ElementsAre(Pair(0, 4), Pair(1, 2)));
}

TEST(PlaceShards, WithoutAnAcceptingPodAllStaysAsItWas) {
  const auto placement =
      place_shards(input({{0, PodRole::kLeaves}, {1, PodRole::kKeeps}}, 4, {{0, 0}, {1, 1}, {2, 9}}));
  EXPECT_THAT(placement.owners, ElementsAre(Pair(0, 0), Pair(1, 1), Pair(2, 9)));
  EXPECT_THAT(placement.moves, IsEmpty());
  EXPECT_THAT(place_shards(input({}, 2)).owners, IsEmpty());
}

TEST(PlaceShards, ForgetsShardsThatAreNotAskedFor) {
  const auto placement = place_shards(input(accepting(1), 1, {{0, 0}, {5, 0}}));
  EXPECT_THAT(placement.owners, ElementsAre(Pair(0, 0)));
}

}  // namespace
}  // namespace mkb::planner
