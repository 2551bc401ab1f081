#include "dataplane/shard/shard_step.h"

#include <gtest/gtest.h>

#include <array>

namespace mkb::dataplane {
namespace {

using api::ShardDuty;
using Phase = ShardPhase;
using Action = ShardAction;

constexpr std::array<std::optional<ShardDuty>, 5> kWishes = {
    std::nullopt, ShardDuty::kOwn, ShardDuty::kPrepare, ShardDuty::kRelease, ShardDuty::kEnd};

TEST(ShardStep, DoesWhatTheAssignmentSays) {
  struct Row {
    Phase phase;
    std::array<Action, 5> actions;  // in the order of kWishes
  };
  using enum ShardAction;
  const std::array<Row, 6> table = {{
      {Phase::kNone, {kNothing, kStart, kPrepare, kNothing, kEnd}},
      {Phase::kPrepared, {kDrop, kStart, kNothing, kDrop, kDrop}},
      {Phase::kOwned, {kRelease, kNothing, kRelease, kRelease, kRelease}},
      {Phase::kReleasing, {kNothing, kNothing, kNothing, kNothing, kNothing}},
      {Phase::kEnding, {kNothing, kNothing, kNothing, kNothing, kNothing}},
      {Phase::kEnded, {kForget, kForget, kForget, kForget, kNothing}},
  }};
  for (const Row& row : table) {
    for (std::size_t i = 0; i < kWishes.size(); ++i) {
      EXPECT_EQ(next_action(row.phase, kWishes[i], true), row.actions[i])
          << "phase " << static_cast<int>(row.phase) << ", wish " << i;
    }
  }
}

TEST(ShardStep, AShardWithoutFiltersIsNotConnectedButCanBeEnded) {
  EXPECT_EQ(next_action(Phase::kNone, ShardDuty::kOwn, false), Action::kNothing);
  EXPECT_EQ(next_action(Phase::kNone, ShardDuty::kPrepare, false), Action::kNothing);
  EXPECT_EQ(next_action(Phase::kNone, ShardDuty::kEnd, false), Action::kEnd);
  EXPECT_EQ(next_action(Phase::kPrepared, ShardDuty::kOwn, false), Action::kDrop);
  EXPECT_EQ(next_action(Phase::kPrepared, ShardDuty::kPrepare, false), Action::kDrop);
  EXPECT_EQ(next_action(Phase::kOwned, ShardDuty::kOwn, false), Action::kNothing)
      << "what its queue holds is still to be read";
}

/// Where an action leads when all it starts has been done.
Phase after(Phase phase, Action action) {
  switch (action) {
    case Action::kNothing:
      return phase == Phase::kReleasing ? Phase::kNone : phase == Phase::kEnding ? Phase::kEnded : phase;
    case Action::kPrepare:
      return Phase::kPrepared;
    case Action::kStart:
      return Phase::kOwned;
    case Action::kRelease:
      return Phase::kReleasing;
    case Action::kEnd:
      return Phase::kEnding;
    case Action::kDrop:
    case Action::kForget:
      return Phase::kNone;
  }
  return phase;
}

TEST(ShardStep, EveryWishIsFulfilledFromEveryPhase) {
  for (const Phase begin :
       {Phase::kNone, Phase::kPrepared, Phase::kOwned, Phase::kReleasing, Phase::kEnding, Phase::kEnded}) {
    for (const auto& wish : kWishes) {
      Phase phase = begin;
      for (int step = 0; step < 6; ++step) {
        phase = after(phase, next_action(phase, wish, true));
      }
      const Phase wanted = wish == ShardDuty::kOwn       ? Phase::kOwned
                           : wish == ShardDuty::kPrepare ? Phase::kPrepared
                           : wish == ShardDuty::kEnd     ? Phase::kEnded
                                                         : Phase::kNone;
      EXPECT_EQ(phase, wanted) << "from phase " << static_cast<int>(begin);
    }
  }
}

}  // namespace
}  // namespace mkb::dataplane
