#include "operator/planner/filter_planner.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "operator/planner/overlap_groups.h"

namespace mkb::planner {
namespace {

using Group = std::vector<std::string>;

std::vector<Group> exclusive_groups(const api::BridgeSpec& spec) {
  std::set<std::string> filters;
  for (const api::MqttToKafkaRoute& route : spec.mqtt_to_kafka) {
    if (route.sharding == api::Sharding::kExclusive) {
      filters.insert(route.filters.begin(), route.filters.end());
    }
  }
  return group_by_overlap({filters.begin(), filters.end()});
}

std::set<std::string> shared_names(const api::BridgeSpec& spec) {
  std::set<std::string> names;
  for (const api::MqttToKafkaRoute& route : spec.mqtt_to_kafka) {
    if (route.sharding == api::Sharding::kShared) names.insert(route.name);
  }
  return names;
}

/// Shards and who has them while a plan is made.
class Layout {
 public:
  Layout(const api::BridgeSpec& spec, const api::ShardRecord& recorded)
      : recorded_(recorded), shards_(static_cast<std::size_t>(spec.shards)) {
    for (Group& group : exclusive_groups(spec)) {
      const auto shard = recorded_shard(group);
      has_exclusive_ = true;
      if (shard) {
        add(std::move(group), *shard);
      } else {
        unplaced_.push_back(std::move(group));
      }
    }
    for (const std::string& name : shared_names(spec)) keep_shared(name);
  }

  /// None when there is room for all.
  [[nodiscard]] std::optional<Error> no_room() const {
    const std::size_t room = shards_.size() - (has_exclusive_ && !shards_.empty() ? 1 : 0);
    if (shared_.size() <= room) return std::nullopt;
    const auto first_without = std::next(shared_.begin(), static_cast<std::ptrdiff_t>(room));
    return Error(FilterPlanError::kShardsExhausted, "spec.shards: " + std::to_string(shards_.size()) +
                                                        " shards are too few: the Shared route '" +
                                                        first_without->first +
                                                        "' needs one that has no other filters");
  }

  void place(std::size_t spread) {
    const bool placed =
        std::any_of(shards_.begin(), shards_.end(), [](const Shard& each) { return !each.groups.empty(); });
    if (has_exclusive_ && !placed) shards_[take()].reserved = true;
    for (auto& [name, shards] : shared_) {
      if (shards.empty()) assign(shards, take());
    }
    for (std::size_t wanted = 2; wanted <= spread; ++wanted) {
      for (auto& [name, shards] : shared_) {
        const auto free = free_shard();
        if (!free) break;
        if (shards.size() < wanted) assign(shards, *free);
      }
    }
    std::stable_sort(unplaced_.begin(), unplaced_.end(),
                     [](const Group& a, const Group& b) { return a.size() > b.size(); });
    for (Group& group : unplaced_) add(std::move(group), fewest_filters(true));
  }

  [[nodiscard]] FilterPlan plan() const {
    FilterPlan plan;
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
      for (const Group& group : shards_[shard].groups) {
        for (const std::string& filter : group) plan.record.filters[filter] = static_cast<int>(shard);
      }
    }
    for (const auto& [filter, shard] : plan.record.filters) {
      const auto before = recorded_.filters.find(filter);
      if (before != recorded_.filters.end() && before->second != shard) {
        plan.moved.push_back({filter, before->second, shard});
      }
    }
    for (const auto& [name, shards] : shared_) {
      plan.record.shared[name].assign(shards.begin(), shards.end());
    }
    return plan;
  }

 private:
  struct Shard {
    std::vector<Group> groups;
    std::size_t filters = 0;
    bool shared = false;
    bool reserved = false;  ///< for the first Exclusive group
  };

  [[nodiscard]] bool exists(int shard) const {
    return shard >= 0 && static_cast<std::size_t>(shard) < shards_.size();
  }

  [[nodiscard]] std::optional<std::size_t> recorded_shard(const Group& group) const {
    std::map<int, int> counts;
    for (const std::string& filter : group) {
      const auto found = recorded_.filters.find(filter);
      if (found != recorded_.filters.end() && exists(found->second)) ++counts[found->second];
    }
    if (counts.empty()) return std::nullopt;
    const auto most = std::max_element(counts.begin(), counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return static_cast<std::size_t>(most->first);
  }

  void add(Group group, std::size_t shard) {
    shards_[shard].filters += group.size();
    shards_[shard].groups.push_back(std::move(group));
  }

  void assign(std::set<std::size_t>& to, std::size_t shard) {
    to.insert(shard);
    shards_[shard].shared = true;
  }

  void keep_shared(const std::string& name) {
    auto& kept = shared_[name];
    const auto before = recorded_.shared.find(name);
    if (before == recorded_.shared.end()) return;
    for (const int shard : before->second) {
      if (exists(shard) && is_free(shards_[static_cast<std::size_t>(shard)])) {
        assign(kept, static_cast<std::size_t>(shard));
      }
    }
  }

  static bool is_free(const Shard& shard) { return shard.groups.empty() && !shard.shared && !shard.reserved; }

  [[nodiscard]] std::optional<std::size_t> free_shard() const {
    const auto found = std::find_if(shards_.begin(), shards_.end(), is_free);
    if (found == shards_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - shards_.begin());
  }

  /// The shard of Exclusive filters with the fewest; also those with none when `empty` says so.
  [[nodiscard]] std::size_t fewest_filters(bool empty) const {
    std::optional<std::size_t> best;
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
      if (shards_[shard].shared || (!empty && shards_[shard].groups.empty())) continue;
      if (!best || shards_[shard].filters < shards_[*best].filters) best = shard;
    }
    return best.value_or(0);
  }

  /// A shard without filters, made so if there is none. no_room() has said that it can be.
  std::size_t take() {
    if (const auto free = free_shard()) return *free;
    const auto richest = std::max_element(shared_.begin(), shared_.end(), [](const auto& a, const auto& b) {
      return a.second.size() < b.second.size();
    });
    if (richest != shared_.end() && richest->second.size() > 1) {
      const std::size_t given = *richest->second.rbegin();
      richest->second.erase(given);
      shards_[given] = Shard();
      return given;
    }
    const std::size_t cleared = fewest_filters(false);
    for (Group& group : shards_[cleared].groups) unplaced_.push_back(std::move(group));
    shards_[cleared] = Shard();
    return cleared;
  }

  const api::ShardRecord& recorded_;
  std::vector<Shard> shards_;
  std::map<std::string, std::set<std::size_t>> shared_;
  std::vector<Group> unplaced_;
  bool has_exclusive_ = false;
};

}  // namespace

Result<FilterPlan> plan_filters(const api::BridgeSpec& spec, const api::ShardRecord& recorded, int spread) {
  Layout layout(spec, recorded);
  if (auto error = layout.no_room()) return std::move(*error);
  layout.place(static_cast<std::size_t>(std::max(spread, 1)));
  return layout.plan();
}

}  // namespace mkb::planner
