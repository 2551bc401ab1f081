#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "operator/planner/placement.h"
#include "operator/planner/property_cases.h"

namespace mkb::planner {
namespace {

constexpr double kRounding = 1e-6;

using Loads = std::map<int, double>;

class InputGenerator {
 public:
  explicit InputGenerator(std::uint32_t seed) : random_(seed) {}

  int below(int end) { return static_cast<int>(random_() % static_cast<std::uint32_t>(end)); }

  std::map<int, double> shards(bool equal) {
    std::map<int, double> made;
    const int count = below(65);
    for (int i = 0; i < count; ++i) made[below(200)] = equal ? 1 : weight();
    return made;
  }

  PlacementInput input(bool equal) {
    PlacementInput made;
    made.shards = shards(equal);
    const int pods = below(9);
    for (int ordinal = 0; ordinal < pods; ++ordinal) {
      if (below(8) == 0) continue;
      const int role = below(6);
      made.pods.push_back({ordinal, role == 0   ? PodRole::kLeaves
                                    : role == 1 ? PodRole::kKeeps
                                                : PodRole::kAccepts});
    }
    std::shuffle(made.pods.begin(), made.pods.end(), random_);
    // From evenly spread to all on one pod.
    const int crowd = 1 + below(10);
    for (const auto& [shard, ignored] : made.shards) {
      if (below(5) != 0) made.previous[shard] = std::min(below(crowd), below(10));
    }
    return made;
  }

 private:
  double weight() {
    switch (below(3)) {
      case 0:
        return 1 + below(5);
      case 1:
        return 1 + below(1000);
      default:
        return std::exp(below(1000) / 100.0) / 7;
    }
  }

  std::mt19937 random_;
};

std::map<int, PodRole> roles_of(const PlacementInput& input) {
  std::map<int, PodRole> roles;
  for (const PlacementPod& pod : input.pods) roles[pod.ordinal] = pod.role;
  return roles;
}

/// Of the accepting pods.
Loads loads_of(const PlacementInput& input, const std::map<int, int>& owners) {
  Loads loads;
  for (const PlacementPod& pod : input.pods) {
    if (pod.role == PodRole::kAccepts) loads[pod.ordinal] = 0;
  }
  for (const auto& [shard, owner] : owners) {
    const auto load = loads.find(owner);
    if (load != loads.end()) load->second += input.shards.at(shard);
  }
  return loads;
}

double sum(const Loads& loads) {
  double total = 0;
  for (const auto& [ordinal, load] : loads) total += load;
  return total;
}

bool stays(const std::map<int, PodRole>& roles, int ordinal) {
  const auto role = roles.find(ordinal);
  return role != roles.end() && role->second != PodRole::kLeaves;
}

void check_owners(const PlacementInput& input, const Placement& placement) {
  const auto roles = roles_of(input);
  const bool someone = !loads_of(input, {}).empty();
  for (const auto& [shard, weight] : input.shards) {
    const auto owner = placement.owners.find(shard);
    const auto previous = input.previous.find(shard);
    const bool moved = owner == placement.owners.end() || previous == input.previous.end() ||
                       owner->second != previous->second;
    if (!someone) {
      EXPECT_EQ(owner == placement.owners.end(), previous == input.previous.end());
      EXPECT_TRUE(!moved || previous == input.previous.end());
      continue;
    }
    ASSERT_NE(owner, placement.owners.end());
    EXPECT_TRUE(stays(roles, owner->second));
    if (moved) {
      EXPECT_EQ(roles.at(owner->second), PodRole::kAccepts);
    }
    if (previous != input.previous.end() && moved && stays(roles, previous->second)) {
      EXPECT_NE(roles.at(previous->second), PodRole::kKeeps);
    }
  }
}

void check_moves(const PlacementInput& input, const Placement& placement) {
  std::map<int, int> owners;
  for (const auto& [shard, owner] : input.previous) {
    if (input.shards.count(shard) != 0) owners[shard] = owner;
  }
  int last = -1;
  for (const ShardMove& move : placement.moves) {
    EXPECT_GT(move.shard, last);
    last = move.shard;
    const auto from = owners.find(move.shard);
    EXPECT_EQ(move.from.has_value(), from != owners.end());
    if (move.from && from != owners.end()) {
      EXPECT_EQ(*move.from, from->second);
    }
    EXPECT_NE(move.from, std::optional<int>(move.to));
    owners[move.shard] = move.to;
  }
  EXPECT_EQ(owners, placement.owners);
}

/// No pod is heavy, or light, that a move could help.
void check_balance(const PlacementInput& input, const Placement& placement) {
  const Loads loads = loads_of(input, placement.owners);
  if (loads.empty()) return;
  const double mean = sum(loads) / static_cast<double>(loads.size());
  double least = loads.begin()->second;
  for (const auto& [ordinal, load] : loads) least = std::min(least, load);
  for (const auto& [shard, owner] : placement.owners) {
    const auto load = loads.find(owner);
    if (load == loads.end()) continue;
    const bool heavy = load->second > kHeaviest * mean * (1 + kRounding);
    const bool hungry = least < kLightest * mean * (1 - kRounding);
    const double weight = input.shards.at(shard);
    if (heavy || hungry) {
      EXPECT_GE(weight, (load->second - least) * (1 - kRounding)) << "shard " << shard << " of " << owner;
    }
  }
}

TEST(PlaceShardsProperty, OwnersMovesBalanceAndStability) {
  for (std::uint32_t seed = 0; seed < kPropertyCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    InputGenerator generator(seed);
    PlacementInput input = generator.input(seed % 2 == 0);
    const Placement placement = place_shards(input);
    check_owners(input, placement);
    check_moves(input, placement);
    check_balance(input, placement);

    input.previous = placement.owners;
    const Placement again = place_shards(input);
    EXPECT_TRUE(again.moves.empty());
    EXPECT_EQ(again.owners, placement.owners);
  }
}

/// Shards of equal weight, pods that come and go one by one.
TEST(PlaceShardsProperty, APodThatJoinsMovesItsPartAndOneShard) {
  for (std::uint32_t seed = 0; seed < kPropertyCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    InputGenerator generator(seed);
    PlacementInput input;
    const int shards = 1 + generator.below(130);
    for (int shard = 0; shard < shards; ++shard) input.shards[shard] = 1;
    int pods = 0;
    for (int step = 0; step < 12; ++step) {
      const bool joins = pods < 2 || generator.below(4) != 0;
      if (joins) {
        input.pods.push_back({pods++, PodRole::kAccepts});
      } else {
        --pods;
        input.pods.pop_back();
      }
      const Placement placement = place_shards(input);
      if (joins && pods > 1) {
        EXPECT_LE(placement.moves.size(), static_cast<std::size_t>(shards / pods + 1))
            << shards << " shards on " << pods << " pods";
      }
      input.previous = placement.owners;
    }
  }
}

/// Unequal shards, none of them more than a tenth of what a pod has.
TEST(PlaceShardsProperty, APodThatJoinsMovesItsPartOfTheWeightAndOneShard) {
  for (std::uint32_t seed = 0; seed < kPropertyCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    InputGenerator generator(seed);
    PlacementInput input;
    for (int shard = generator.below(150); shard >= 0; --shard) input.shards[shard] = 1 + generator.below(20);
    double total = 0;
    double heaviest = 0;
    for (const auto& [shard, weight] : input.shards) {
      total += weight;
      heaviest = std::max(heaviest, weight);
    }
    for (int pods = 1; heaviest * pods <= 0.1 * total; ++pods) {
      input.pods.push_back({pods - 1, PodRole::kAccepts});
      const Placement placement = place_shards(input);
      double moved = 0;
      for (const ShardMove& move : placement.moves) moved += input.shards.at(move.shard);
      if (pods > 1) {
        EXPECT_LE(moved, (total / pods + heaviest) * (1 + kRounding)) << pods << " pods";
      }
      input.previous = placement.owners;
    }
  }
}

/// Only the shards of a pod that leaves move, as long as the others stay even.
TEST(PlaceShardsProperty, APodThatLeavesMovesLittleElse) {
  for (std::uint32_t seed = 0; seed < kPropertyCases && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    InputGenerator generator(seed);
    PlacementInput input;
    const int shards = 1 + generator.below(300);
    for (int shard = 0; shard < shards; ++shard) input.shards[shard] = 1;
    const int pods = 2 + generator.below(10);
    for (int ordinal = 0; ordinal < pods; ++ordinal) input.pods.push_back({ordinal, PodRole::kAccepts});
    input.previous = place_shards(input).owners;
    const auto leaver = static_cast<std::size_t>(generator.below(pods));
    input.pods[leaver].role = PodRole::kLeaves;
    for (const ShardMove& move : place_shards(input).moves) {
      EXPECT_EQ(move.from, std::optional<int>(static_cast<int>(leaver)));
    }
  }
}

}  // namespace
}  // namespace mkb::planner
