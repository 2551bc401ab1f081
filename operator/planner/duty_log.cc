#include "operator/planner/duty_log.h"

#include <algorithm>

namespace mkb::planner {

void DutyLog::observe(const PodTable& pods, TimePoint now) {
  std::map<Key, Order> current;
  for (const auto& [ordinal, pod] : pods) {
    for (const auto& [shard, duty, established] : pod.assignment.shards) {
      if (duty != api::ShardDuty::kRelease && duty != api::ShardDuty::kEnd) continue;
      const Key key(ordinal, shard);
      Order order{duty, pod.assignment.epoch, std::nullopt};
      const auto known = orders_.find(key);
      if (known != orders_.end() && known->second.duty == duty) order = known->second;
      if (duty == api::ShardDuty::kRelease && pod.seen && !order.deadline) {
        order.deadline = now + release_deadline_;
      }
      current[key] = order;
    }
  }
  orders_ = std::move(current);
}

bool DutyLog::reported(const PodRecord& pod, int shard, api::ShardDuty duty) const {
  const auto order = orders_.find({pod.state.ordinal, shard});
  if (order == orders_.end() || order->second.duty != duty || !pod.state.report) return false;
  // A report of an older assignment says nothing about this order. One of a newer assignment than is known
  // here shows that the view is old: the order may have been taken back since.
  const std::uint64_t epoch = pod.state.report->epoch;
  return epoch >= order->second.epoch && epoch <= pod.assignment.epoch && !pod.holds(shard);
}

bool DutyLog::released(const PodRecord& pod, int shard, TimePoint now) const {
  if (reported(pod, shard, api::ShardDuty::kRelease)) return true;
  const auto order = orders_.find({pod.state.ordinal, shard});
  return order != orders_.end() && order->second.deadline && *order->second.deadline <= now;
}

bool DutyLog::ended(const PodRecord& pod, int shard) const {
  if (!reported(pod, shard, api::ShardDuty::kEnd)) return false;
  const auto& ended = pod.state.report->ended;
  return std::find(ended.begin(), ended.end(), shard) != ended.end();
}

std::optional<TimePoint> DutyLog::next_deadline(TimePoint now) const {
  std::optional<TimePoint> next;
  for (const auto& [key, order] : orders_) {
    if (order.deadline && *order.deadline > now && (!next || *order.deadline < *next)) next = order.deadline;
  }
  return next;
}

}  // namespace mkb::planner
