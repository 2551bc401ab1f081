#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mkb::api {

/// Which shard carries which filter, as the operator recorded it (key `filters.json` of the routes
/// ConfigMap), so that a change of routes moves as few filters as it can.
struct ShardRecord {
  std::map<std::string, int> filters;              ///< of Exclusive routes: filter -> shard
  std::map<std::string, std::vector<int>> shared;  ///< Shared route's name -> its shards, ascending

  bool operator==(const ShardRecord&) const = default;
};

enum class ShardRecordError { kMalformed = 1 };

inline constexpr std::string_view kShardRecordKey = "filters.json";

/// Compact JSON, the same bytes for the same content.
std::string to_json(const ShardRecord& record);
Result<ShardRecord> parse_shard_record(std::string_view text);

}  // namespace mkb::api
