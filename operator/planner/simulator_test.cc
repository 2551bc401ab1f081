#include <gtest/gtest.h>

#include <algorithm>

#include "operator/planner/property_cases.h"
#include "operator/planner/simulation/world.h"

namespace mkb::planner::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A planned move: flush, report, the operator's watch, its write, the pod's watch, CONNECT; each at most as
/// late as Weather says, and the operator waits for other writes of its step first.
constexpr Duration kPlannedGap = milliseconds(800);
/// An owner that dies without a word: its Lease has to be silent for its duration, the operator looks every
/// second, then as above.
constexpr Duration kUnplannedGap = ModelOperator::kLeaseDuration + seconds(1) + kPlannedGap;

/// Bounds the time of each program; ctest runs the parts side by side.
constexpr std::uint32_t kParts = 4;

class SimulatorTest : public testing::TestWithParam<std::uint32_t> {
 protected:
  /// Calls `run` with every seed of this part until one fails.
  template <class Run>
  void for_each_seed(const Run& run) {
    for (std::uint32_t seed = GetParam(); seed < kPropertyCases && !HasFailure(); seed += kParts) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      run(seed);
    }
  }

  static void expect_no_failures(const World& world) {
    for (const std::string& failure : world.failures()) ADD_FAILURE() << failure;
  }

  /// The first pods get everything as soon as they are ready, the others their part afterwards.
  static void begin(World& world) {
    world.pass(seconds(8));
    EXPECT_LE(world.take_longest_gap(), seconds(4));
  }
};

void trouble(World& world) {
  Timeline& chance = world.timeline();
  const int ordinal = chance.below(4);
  switch (chance.below(9)) {
    case 0:
      return world.crash_pod(ordinal, chance.millis(100, 15'000));
    case 1:
      return world.pause_pod(ordinal, chance.millis(200, 20'000));
    case 2:
      return world.restart_operator(chance.millis(50, 5'000));
    case 3:
      return world.scale(1 + chance.below(4));
    case 4:
      return world.restart_pod(ordinal);
    case 5:
      return world.toggle_shard(chance.below(10));
    case 6:
      return world.unready_pod(ordinal, chance.millis(100, 5'000));
    case 7:
      world.weather().watch_late_ms = chance.one_in(2) ? 3'000 : 50;
      return;
    default:
      world.weather().lost_one_in = chance.one_in(2) ? 3 : 0;
      world.weather().slow_flush_one_in = chance.one_in(2) ? 3 : 0;
  }
}

TEST_P(SimulatorTest, AnyTroubleSettles) {
  for_each_seed([](std::uint32_t seed) {
    World world(seed, 1 + static_cast<int>(seed % 4), 1 + static_cast<int>(seed % 7));
    for (int troubles = world.timeline().below(12); troubles > 0; --troubles) {
      world.pass(world.timeline().millis(0, 4'000));
      trouble(world);
    }
    world.calm();
    world.pass(seconds(3));  // what was late before arrives
    (void)world.take_longest_gap();
    world.pass(seconds(32));
    EXPECT_LE(world.take_longest_gap(), kUnplannedGap + kReleaseDeadline);
    const TimePoint since = world.timeline().now();
    world.pass(seconds(5));
    world.check_settled(since);
    world.end();
    world.pass(seconds(5));
    world.check_ended();
    expect_no_failures(world);
  });
}

/// Scaling and rolling restarts, with operator restarts and nothing else going wrong. A shard that is
/// released while there is no operator waits for the next one.
TEST_P(SimulatorTest, PlannedMovesAreShort) {
  int hand_overs = 0;
  for_each_seed([&hand_overs](std::uint32_t seed) {
    World world(seed, 2 + static_cast<int>(seed % 3), 1 + static_cast<int>(seed % 9));
    begin(world);
    Timeline& chance = world.timeline();
    Duration longest_absence{0};
    for (int moves = 1 + chance.below(4); moves > 0; --moves) {
      switch (chance.below(4)) {
        case 0: {
          const Duration absence = chance.millis(50, 3'000);
          world.restart_operator(absence);
          longest_absence = std::max(longest_absence, absence);
          break;
        }
        case 1:
          world.restart_pod(chance.below(4));
          break;
        default:
          world.scale(2 + chance.below(3));
      }
      world.pass(chance.millis(0, 6'000));
    }
    world.pass(seconds(15));
    EXPECT_LE(world.take_longest_gap(), kPlannedGap + longest_absence);
    const TimePoint since = world.timeline().now();
    world.pass(seconds(5));
    world.check_settled(since);
    expect_no_failures(world);
    hand_overs += world.hand_overs();
  });
  if (HasFailure()) return;
  EXPECT_GT(hand_overs, static_cast<int>(kPropertyCases / kParts)) << "hardly anything was tried";
}

/// One owner dies or stands still for good, perhaps while its shards move or the operator restarts.
TEST_P(SimulatorTest, ADeadOwnerIsReplacedInTime) {
  for_each_seed([](std::uint32_t seed) {
    World world(seed, 2 + static_cast<int>(seed % 3), 1 + static_cast<int>(seed % 9));
    begin(world);
    Timeline& chance = world.timeline();
    if (chance.one_in(2)) world.scale(2 + chance.below(3));
    world.pass(chance.millis(0, 600));
    const int victim = chance.below(4);
    if (chance.one_in(2)) {
      world.crash_pod(victim, seconds(100));
    } else {
      world.pause_pod(victim, seconds(100));
    }
    Duration restart{0};
    if (chance.one_in(4)) {
      world.pass(chance.millis(0, 9'000));
      restart = chance.millis(50, 2'000);
      world.restart_operator(restart);
    }
    world.pass(seconds(40));
    // A new operator has to watch the silence itself.
    const Duration bound = restart > Duration::zero() ? seconds(9) + restart + kUnplannedGap : kUnplannedGap;
    EXPECT_LE(world.take_longest_gap(), bound);
    expect_no_failures(world);
  });
}

INSTANTIATE_TEST_SUITE_P(Part, SimulatorTest, testing::Range(0U, kParts));

}  // namespace
}  // namespace mkb::planner::simulation
