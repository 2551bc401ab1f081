#include "operator/reconcile/shard_weights.h"

namespace mkb::reconcile {

std::map<int, double> shard_weights(const api::ShardRecord& record) {
  std::map<int, double> weights;
  for (const auto& [filter, shard] : record.filters) weights[shard] += 1;
  for (const auto& [route, shards] : record.shared) {
    for (const int shard : shards) weights[shard] += 1;
  }
  return weights;
}

}  // namespace mkb::reconcile
