#include "dataplane/shard/shard_step.h"

namespace mkb::dataplane {

ShardAction next_action(ShardPhase phase, std::optional<api::ShardDuty> wanted, bool has_filters) {
  using api::ShardDuty;
  const bool to_own = wanted == ShardDuty::kOwn;
  const bool to_prepare = wanted == ShardDuty::kPrepare;
  const bool to_end = wanted == ShardDuty::kEnd;
  switch (phase) {
    case ShardPhase::kNone:
      if (to_end) {
        return ShardAction::kEnd;
      }
      if (!has_filters) {
        return ShardAction::kNothing;
      }
      return to_own ? ShardAction::kStart : to_prepare ? ShardAction::kPrepare : ShardAction::kNothing;
    case ShardPhase::kPrepared:
      if (to_own && has_filters) {
        return ShardAction::kStart;
      }
      return to_prepare && has_filters ? ShardAction::kNothing : ShardAction::kDrop;
    case ShardPhase::kOwned:
      return to_own ? ShardAction::kNothing : ShardAction::kRelease;
    case ShardPhase::kReleasing:
    case ShardPhase::kEnding:
      return ShardAction::kNothing;
    case ShardPhase::kEnded:
      return to_end ? ShardAction::kNothing : ShardAction::kForget;
  }
  return ShardAction::kNothing;
}

}  // namespace mkb::dataplane
