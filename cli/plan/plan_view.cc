#include "cli/plan/plan_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/text_table.h"
#include "operator/planner/pod_table.h"
#include "operator/planner/shard_holders.h"

namespace mkb::cli {
namespace {

using nlohmann::json;
using planner::ShardMove;

constexpr std::size_t kFiltersWidth = 70;

std::string pod_name(const std::string& bridge, int ordinal) {
  return fmt::format("mkb-{}-{}", bridge, ordinal);
}

std::string count_of(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// By shard: its filters, those of a Shared route with its name.
std::map<int, std::vector<std::string>> filters_by_shard(const api::BridgeSpec& spec,
                                                         const api::ShardRecord& record) {
  std::map<int, std::vector<std::string>> all;
  for (const auto& [filter, shard] : record.filters) all[shard].push_back(filter);
  for (const api::MqttToKafkaRoute& route : spec.mqtt_to_kafka) {
    const auto shards = record.shared.find(route.name);
    if (shards == record.shared.end()) continue;
    for (const int shard : shards->second) {
      for (const std::string& filter : route.filters) {
        all[shard].push_back(fmt::format("{} (shared by {})", filter, route.name));
      }
    }
  }
  return all;
}

/// As many as fit, and how many more there are.
std::string short_list(const std::vector<std::string>& filters) {
  std::string text;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const std::string next = (i == 0 ? "" : ", ") + filters[i];
    if (i > 0 && text_width(text) + text_width(next) > kFiltersWidth) {
      return text + fmt::format(" and {} more", filters.size() - i);
    }
    text += i == 0 ? cut_to_width(next, kFiltersWidth) : next;
  }
  return text.empty() ? "(not known)" : text;
}

std::size_t count_filters(const std::map<int, std::vector<std::string>>& by_shard) {
  std::set<std::string> filters;
  for (const auto& [shard, list] : by_shard) filters.insert(list.begin(), list.end());
  return filters.size();
}

std::string percent(double share) {
  return fmt::format("{} %", std::lround(share * 100));
}

std::string loads_text(const std::string& name, const ShardPlan& plan) {
  std::map<int, std::pair<int, double>> loads;
  double total = 0;
  for (int ordinal = 0; ordinal < plan.replicas; ++ordinal) loads[ordinal];
  for (const auto& [shard, owner] : plan.owners) {
    const double weight = plan.weights.at(shard);
    loads[owner].first += 1;
    loads[owner].second += weight;
    total += weight;
  }
  TextTable table({{"POD"}, {"SHARDS", Align::kRight}, {"WEIGHT", Align::kRight}, {"SHARE", Align::kRight}});
  for (const auto& [ordinal, load] : loads) {
    table.add_row({pod_name(name, ordinal), std::to_string(load.first), fmt::format("{:g}", load.second),
                   total > 0 ? percent(load.second / total) : "-"});
  }
  return table.text();
}

std::string bound_text(const ShardPlan& plan, int from) {
  const auto bound = move_bound(plan, from);
  if (!bound) return "";
  if (bound->too_heavy) {
    return fmt::format("; no bound, because shard {} weighs more than a tenth of a pod's load",
                       *bound->too_heavy);
  }
  if (bound->shards) return fmt::format("; the bound is {}", *bound->shards);
  return fmt::format("; the bound is {} of the weight and a shard more per new pod", percent(bound->share));
}

json move_json(const ShardMove& move) {
  json made{{"shard", move.shard}, {"to", move.to}};
  made["from"] = move.from ? json(*move.from) : json();
  return made;
}

}  // namespace

std::string plan_text(const std::string& name, const api::BridgeSpec& spec, const ShardPlan& plan) {
  const auto filters = filters_by_shard(spec, plan.record);
  std::string text =
      fmt::format("{} on {} of {}, {}\n\n", count_of(count_filters(filters), "filter"), plan.weights.size(),
                  count_of(static_cast<std::size_t>(spec.shards), "shard"),
                  count_of(static_cast<std::size_t>(plan.replicas), "pod"));
  TextTable table({{"SHARD", Align::kRight}, {"POD"}, {"WEIGHT", Align::kRight}, {"FILTERS"}});
  for (const auto& [shard, weight] : plan.weights) {
    const auto owner = plan.owners.find(shard);
    const auto carried = filters.find(shard);
    table.add_row({std::to_string(shard), owner == plan.owners.end() ? "-" : pod_name(name, owner->second),
                   fmt::format("{:g}", weight),
                   short_list(carried == filters.end() ? std::vector<std::string>() : carried->second)});
  }
  text += table.empty() ? "No route from MQTT to Kafka: there is nothing to shard.\n" : table.text();
  return text + "\n" + loads_text(name, plan);
}

std::string moves_text(const std::string& name, const PlannedScaling& scaling) {
  if (!scaling.from) return "";
  const ShardPlan& plan = scaling.plan;
  const int moves = count_moves(plan);
  double weight = 0;
  double total = 0;
  for (const auto& [shard, each] : plan.weights) total += each;
  TextTable table({{"SHARD", Align::kRight}, {"FROM"}, {"TO"}, {"WEIGHT", Align::kRight}});
  for (const ShardMove& move : plan.moves) {
    const double of_shard = plan.weights.at(move.shard);
    if (move.from) weight += of_shard;
    table.add_row({std::to_string(move.shard), move.from ? pod_name(name, *move.from) : "(new)",
                   pod_name(name, move.to), fmt::format("{:g}", of_shard)});
  }
  for (const int shard : plan.ended)
    table.add_row({std::to_string(shard), "", "(ended: no filters left)", "-"});
  std::string text = fmt::format("{} -> {}: {} of {} move{}", *scaling.from,
                                 count_of(static_cast<std::size_t>(plan.replicas), "pod"), moves,
                                 count_of(plan.weights.size(), "shard"), moves == 1 ? "s" : "");
  if (moves > 0) text += fmt::format(", {} of the weight", percent(weight / total));
  text += bound_text(plan, *scaling.from) + "\n";
  for (const planner::FilterMove& move : plan.filter_moves) {
    text += fmt::format("filter {} goes from shard {} to shard {}\n", move.filter, move.from, move.to);
  }
  return table.empty() ? text : text + "\n" + table.text();
}

std::string present_text(const LiveBridge& bridge) {
  planner::PodTable pods;
  for (const auto& [ordinal, assignment] : bridge.assignments) {
    planner::PodRecord& record = pods[ordinal];
    record.state.ordinal = ordinal;
    record.state.alive = true;
    record.assignment = assignment;
  }
  const std::string& name = bridge.spec.name;
  const auto filters = filters_by_shard(bridge.spec, bridge.record);
  auto holders = planner::find_holders(pods);
  for (const auto& [shard, list] : filters) holders[shard];
  TextTable table({{"SHARD", Align::kRight}, {"POD"}, {"STATE"}, {"FILTERS"}});
  for (const auto& [shard, holder] : holders) {
    std::string state = "owned";
    if (holder.target) {
      state = "moving to " + pod_name(name, *holder.target);
    } else if (!holder.source) {
      state = "not assigned";
    } else if (pods.at(*holder.source).duty(shard) == api::ShardDuty::kEnd) {
      state = "ending";
    }
    const auto carried = filters.find(shard);
    table.add_row({std::to_string(shard), holder.source ? pod_name(name, *holder.source) : "-", state,
                   short_list(carried == filters.end() ? std::vector<std::string>() : carried->second)});
  }
  std::string text = fmt::format("bridge {}/{}: {} recorded on {} of {}\n", bridge.spec.name_space, name,
                                 count_of(count_filters(filters), "filter"), filters.size(),
                                 count_of(static_cast<std::size_t>(bridge.spec.shards), "shard"));
  if (!bridge.record_known) text += "there is no record of the filters yet, or somebody edited it\n";
  return text + (table.empty() ? "" : "\n" + table.text());
}

json plan_json(const api::BridgeSpec& spec, const std::vector<PlannedScaling>& scalings) {
  json all = json::array();
  for (const PlannedScaling& scaling : scalings) {
    const ShardPlan& plan = scaling.plan;
    const auto filters = filters_by_shard(spec, plan.record);
    json shards = json::array();
    for (const auto& [shard, weight] : plan.weights) {
      const auto owner = plan.owners.find(shard);
      const auto carried = filters.find(shard);
      shards.push_back(
          {{"shard", shard},
           {"pod", owner == plan.owners.end() ? json() : json(pod_name(spec.name, owner->second))},
           {"weight", weight},
           {"filters", carried == filters.end() ? json::array() : json(carried->second)}});
    }
    json moves = json::array();
    for (const ShardMove& move : plan.moves) moves.push_back(move_json(move));
    all.push_back({{"from", scaling.from ? json(*scaling.from) : json()},
                   {"replicas", plan.replicas},
                   {"shards", std::move(shards)},
                   {"moves", std::move(moves)},
                   {"ended", plan.ended}});
  }
  return {{"name", spec.name}, {"namespace", spec.name_space}, {"plans", std::move(all)}};
}

}  // namespace mkb::cli
