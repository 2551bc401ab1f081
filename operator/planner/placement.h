#pragma once

#include <map>
#include <optional>
#include <vector>

namespace mkb::planner {

/// What a pod does in a placement.
enum class PodRole {
  kAccepts,  ///< keeps its shards and may get more
  kKeeps,    ///< keeps its shards and gets none, as one that is not ready does
  kLeaves,   ///< is to hold nothing
};

struct PlacementPod {
  int ordinal = 0;
  PodRole role = PodRole::kAccepts;
};

struct PlacementInput {
  std::vector<PlacementPod> pods;  ///< each ordinal once, in any order; one that is missing leaves
  std::map<int, double> shards;    ///< shard -> weight > 0, in any unit
  std::map<int, int> previous;     ///< shard -> ordinal; shards that are not in `shards` are ignored
};

struct ShardMove {
  int shard = 0;
  std::optional<int> from;  ///< none: it had no owner
  int to = 0;

  bool operator==(const ShardMove&) const = default;
};

struct Placement {
  std::map<int, int> owners;     ///< shard -> ordinal; a shard that nobody can take is missing
  std::vector<ShardMove> moves;  ///< ascending by shard
};

/// A pod with more than this many times the mean gives up shards; one with less than kLightest times the mean
/// gets some.
inline constexpr double kHeaviest = 1.1;
inline constexpr double kLightest = 0.9;

/// Decides which pod owns which shard. Pure: the same input has the same result everywhere.
///
/// 1. A shard stays with its previous owner unless that leaves.
/// 2. Shards of pods that leave, and those without an owner, go to the lightest accepting pod, the heaviest
///    shard first. Without an accepting pod they stay with their previous owner, or unplaced.
/// 3. While an accepting pod has more than kHeaviest of the mean, or the lightest less than kLightest of it,
///    a heavy pod's cheapest shard goes to the lightest pod, as long as the two are more even after it.
///
/// Ties go to the lower shard and the lower ordinal. Placing again with the result as previous moves nothing.
/// When one pod joins N, at most 1/(N+1) of the shards and one move, if they weigh the same and were placed
/// by this function; unequal ones likewise by weight while none is more than a tenth of a pod's mean.
Placement place_shards(const PlacementInput& input);

}  // namespace mkb::planner
