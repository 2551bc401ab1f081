#include "operator/planner/handoff.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "operator/planner/placement.h"
#include "operator/planner/shard_holders.h"
#include "operator/planner/shard_planning.h"

namespace mkb::planner {
namespace {

using api::ShardDuty;

/// How soon to look again after writes that the view does not show yet.
constexpr Duration kUnseenCheck = std::chrono::seconds(1);

/// One step: decides the duties of all shards, pod by pod.
class Decision {
 public:
  Decision(const View& view, const PodTable& pods, const DutyLog& duties, TimePoint now)
      : view_(view),
        pods_(pods),
        duties_(duties),
        now_(now),
        holders_(all_holders(pods, view.shards)),
        established_(find_established(pods)) {}

  void run() {
    if (!view_.ending) move_shards();
    for (const auto& [shard, holders] : holders_) {
      if (view_.ending || view_.shards.count(shard) == 0) end_shard(shard, holders);
    }
    step_.all_ended = view_.ending && step_.ended.size() == holders_.size();
  }

  [[nodiscard]] api::Assignment wanted(int ordinal) const {
    api::Assignment assignment;
    const auto found = wanted_.find(ordinal);
    if (found == wanted_.end()) return assignment;
    for (const auto& [shard, duty] : found->second) {
      assignment.shards.push_back({shard, duty, established_.contains(shard)});
    }
    return assignment;
  }

  [[nodiscard]] Step take_step() { return std::move(step_); }

 private:
  [[nodiscard]] const PodRecord* pod(std::optional<int> ordinal) const {
    const auto found = ordinal ? pods_.find(*ordinal) : pods_.end();
    return found == pods_.end() ? nullptr : &found->second;
  }

  [[nodiscard]] bool alive(std::optional<int> ordinal) const {
    const PodRecord* found = pod(ordinal);
    return found != nullptr && found->state.alive;
  }

  void give(int shard, int ordinal, ShardDuty duty) { wanted_[ordinal][shard] = duty; }

  void move_shards() {
    const PlacementInput input = placement_input(pods_, view_.shards, holders_);
    for (const auto& [shard, owner] : place_shards(input).owners) {
      move_shard(shard, holders_.at(shard).source, owner);
    }
  }

  void move_shard(int shard, std::optional<int> source, int owner) {
    const bool moves = source && *source != owner && alive(source);
    if (!moves || duties_.released(*pod(source), shard, now_)) {
      give(shard, owner, ShardDuty::kOwn);
      if (alive(owner)) ++step_.assigned;
      if (alive(owner) && !pod(owner)->stays()) step_.stranded.insert(owner);
      return;
    }
    give(shard, *source, ShardDuty::kRelease);
    give(shard, owner, ShardDuty::kPrepare);
    ++step_.assigned;
    ++step_.moving;
  }

  void end_shard(int shard, const ShardHolders& holders) {
    const PodRecord* source = pod(holders.source);
    if (source != nullptr && duties_.ended(*source, shard)) {
      step_.ended.insert(shard);
      // While the bridge ends, what is left in the assignments tells which shards are done.
      if (view_.ending) give(shard, *holders.source, ShardDuty::kEnd);
    } else if (const auto by = end_by(holders)) {
      give(shard, *by, ShardDuty::kEnd);
    } else if (holders.source && pod(holders.source) != nullptr) {
      give(shard, *holders.source, pod(holders.source)->duty(shard).value_or(ShardDuty::kEnd));
    }
  }

  /// The owner, else the live pod with the least to do.
  [[nodiscard]] std::optional<int> end_by(const ShardHolders& holders) const {
    if (alive(holders.source)) return holders.source;
    if (alive(holders.target)) return holders.target;
    std::optional<std::tuple<bool, std::size_t, int>> best;
    for (const auto& [ordinal, record] : pods_) {
      if (!record.state.alive) continue;
      const auto duties = wanted_.find(ordinal);
      const std::tuple<bool, std::size_t, int> mine(!record.state.accepts || record.state.vacate,
                                                    duties == wanted_.end() ? 0 : duties->second.size(),
                                                    ordinal);
      if (!best || mine < *best) best = mine;
    }
    if (!best) return std::nullopt;
    return std::get<2>(*best);
  }

  const View& view_;
  const PodTable& pods_;
  const DutyLog& duties_;
  const TimePoint now_;
  std::map<int, ShardHolders> holders_;
  const std::set<int> established_;
  std::map<int, std::map<int, ShardDuty>> wanted_;
  Step step_;
};

bool same_duties(const api::Assignment& a, const api::Assignment& b) {
  return std::equal(a.shards.begin(), a.shards.end(), b.shards.begin(), b.shards.end(),
                    [](const auto& x, const auto& y) { return x.shard == y.shard && x.duty == y.duty; });
}

bool holds_nothing(const PodRecord& pod, const api::Assignment& wanted) {
  if (!wanted.shards.empty() || !pod.assignment.shards.empty()) return false;
  if (!pod.state.alive) return true;
  const auto& report = pod.state.report;
  return pod.seen && report && report->epoch >= pod.assignment.epoch && report->held.empty();
}

// Compared with what the pod can see: a write that failed is as urgent the second time.
bool gives_shards(const PodRecord& pod, const api::Assignment& wanted) {
  const auto seen = pod.state.assignment.value_or(api::Assignment{}).shards;
  return std::any_of(wanted.shards.begin(), wanted.shards.end(), [&seen](const auto& each) {
    const bool given = each.duty == ShardDuty::kOwn || each.duty == ShardDuty::kPrepare;
    return given && std::none_of(seen.begin(), seen.end(), [&each](const auto& known) {
             return known.shard == each.shard && known.duty == each.duty;
           });
  });
}

std::vector<int> lost_shards(const PodTable& pods) {
  std::set<int> lost;
  for (const auto& [ordinal, pod] : pods) {
    if (!pod.state.alive || !pod.state.report) continue;
    for (const int shard : pod.state.report->lost) {
      if (pod.duty(shard) == ShardDuty::kOwn) lost.insert(shard);
    }
  }
  return {lost.begin(), lost.end()};
}

}  // namespace

Step Handoff::step(const View& view, TimePoint now) {
  const PodTable pods = memory_.apply(view);
  duties_.observe(pods, now);
  Decision decision(view, pods, duties_, now);
  decision.run();
  Step step = decision.take_step();

  const std::uint64_t epoch = memory_.next_epoch();
  std::vector<int> later;
  for (const auto& [ordinal, pod] : pods) {
    api::Assignment wanted = decision.wanted(ordinal);
    const bool urgent = gives_shards(pod, wanted);
    if (holds_nothing(pod, wanted)) step.vacated.insert(ordinal);
    // A live pod needs an assignment, even an empty one, to know that it is to hold nothing.
    const bool missing = !pod.state.assignment && pod.state.alive;
    const bool unwritten = pod.assignment.epoch == 0 && missing;
    if (!same_duties(wanted, pod.assignment) || unwritten) {
      wanted.epoch = epoch;
      step.writes[ordinal] = wanted;
      memory_.remember(ordinal, wanted);
    } else if (wanted.shards != pod.assignment.shards) {
      // Nothing to obey, so no new epoch: only that a shard has become established is put down.
      wanted.epoch = pod.assignment.epoch;
      step.writes[ordinal] = wanted;
    } else if (!pod.seen && pod.assignment.epoch != 0) {
      step.writes[ordinal] = pod.assignment;
    }
    if (step.writes.contains(ordinal)) (urgent ? step.order : later).push_back(ordinal);
  }
  step.urgent = step.order.size();
  step.order.insert(step.order.end(), later.begin(), later.end());
  step.lost = lost_shards(pods);
  if (!step.writes.empty()) step.check_again = kUnseenCheck;
  if (const auto deadline = duties_.next_deadline(now)) {
    const Duration left = *deadline - now;
    step.check_again = std::min(step.check_again.value_or(left), left);
  }
  return step;
}

}  // namespace mkb::planner
