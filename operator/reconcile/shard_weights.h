#pragma once

#include <map>

#include "api/shard_record.h"

namespace mkb::reconcile {

/// The shards that carry filters, with the number of their filters as weight. Pure.
std::map<int, double> shard_weights(const api::ShardRecord& record);

}  // namespace mkb::reconcile
