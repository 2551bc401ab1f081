#include "api/shard_record.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace mkb::api {
namespace {

using nlohmann::json;

constexpr int kMaxShard = 4095;

Error malformed(const std::string& what) {
  return {ShardRecordError::kMalformed, what};
}

std::string quoted(const std::string& name) {
  return json(name).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<int> read_shard(const json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMaxShard) return std::nullopt;
  return value.get<int>();
}

/// The member of that name as an object; an empty one when it is absent.
std::optional<json> read_object(const json& document, const char* name) {
  const auto found = document.find(name);
  if (found == document.end()) return json::object();
  if (!found->is_object()) return std::nullopt;
  return *found;
}

Result<std::vector<int>> read_shards(const std::string& route, const json& list) {
  if (!list.is_array()) return malformed("shared: " + quoted(route) + " has no list of shards");
  std::vector<int> shards;
  for (const json& each : list) {
    const auto shard = read_shard(each);
    if (!shard) return malformed("shared: " + quoted(route) + " has a shard that is none");
    if (!shards.empty() && shards.back() >= *shard) {
      return malformed("shared: the shards of " + quoted(route) + " are not ascending");
    }
    shards.push_back(*shard);
  }
  return shards;
}

}  // namespace

std::string to_json(const ShardRecord& record) {
  json document{{"filters", json::object()}, {"shared", json::object()}};
  for (const auto& [filter, shard] : record.filters) document["filters"][filter] = shard;
  for (const auto& [route, shards] : record.shared) document["shared"][route] = shards;
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<ShardRecord> parse_shard_record(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return malformed("is no JSON object");
  const auto filters = read_object(document, "filters");
  const auto shared = read_object(document, "shared");
  if (!filters || !shared) return malformed("filters or shared is no object");
  ShardRecord record;
  for (const auto& [filter, value] : filters->items()) {
    const auto shard = read_shard(value);
    if (!shard) return malformed("filters: " + quoted(filter) + " has no valid shard");
    record.filters[filter] = *shard;
  }
  for (const auto& [route, value] : shared->items()) {
    auto shards = read_shards(route, value);
    if (!shards) return shards.error();
    record.shared[route] = std::move(*shards);
  }
  return record;
}

}  // namespace mkb::api
