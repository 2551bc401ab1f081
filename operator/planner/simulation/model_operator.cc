#include "operator/planner/simulation/model_operator.h"

#include <algorithm>
#include <set>
#include <utility>

namespace mkb::planner::simulation {

void ModelOperator::later(Duration delay, std::function<void()> run) {
  timeline_.after(delay, [this, process = process_, run = std::move(run)] {
    if (process == process_ && running_) run();
  });
}

void ModelOperator::start() {
  running_ = true;
  ++process_;
  queued_ = writing_ = false;
  handoff_.emplace();
  joining_ = {};
  seen_ = cluster_.objects();
  listed_ = cluster_.revision();
  leases_.clear();
  for (const auto& [ordinal, lease] : seen_.leases) leases_[ordinal] = {lease.renewals, timeline_.now()};
  tick();
}

void ModelOperator::stop() {
  running_ = false;
  ++process_;
}

void ModelOperator::watch(const Change& change) {
  // One watch for each kind: its events come in order, those of another kind may overtake them.
  TimePoint& at = delivered_[change.kind];
  at = std::max(at, timeline_.now() + weather_.watch(timeline_));
  timeline_.after(at - timeline_.now(), [this, change] {
    if (running_ && change.revision > listed_) receive(change);
  });
}

void ModelOperator::receive(const Change& change) {
  const auto before = seen_.leases.find(change.ordinal);
  const bool only_renewed = change.kind == Change::Kind::kLease && change.lease &&
                            before != seen_.leases.end() && before->second.report == change.lease->report;
  change.apply(seen_);
  if (change.lease) leases_[change.ordinal] = {change.lease->renewals, timeline_.now()};
  if (!only_renewed) reconcile_soon();
}

void ModelOperator::tick() {
  reconcile_soon();
  later(kTick, [this] { tick(); });
}

void ModelOperator::reconcile_soon() {
  if (queued_ || !running_) return;
  queued_ = true;
  later(std::chrono::milliseconds(2), [this] {
    if (writing_) return;
    queued_ = false;
    reconcile();
  });
}

View ModelOperator::view() const {
  View view;
  view.shards = wish_.shards;
  view.ending = wish_.ending;
  std::set<int> ordinals;
  for (const auto& [ordinal, pod] : seen_.pods) ordinals.insert(ordinal);
  for (const auto& [ordinal, assignment] : seen_.assignments) ordinals.insert(ordinal);
  for (const int ordinal : ordinals) {
    PodState pod;
    pod.ordinal = ordinal;
    const auto object = seen_.pods.find(ordinal);
    const auto lease = seen_.leases.find(ordinal);
    const auto renewed = leases_.find(ordinal);
    pod.alive = object != seen_.pods.end() && lease != seen_.leases.end() && renewed != leases_.end() &&
                timeline_.now() - renewed->second.at <= kLeaseDuration;
    pod.accepts = pod.alive && object->second.ready;
    pod.vacate = ordinal >= wish_.replicas || wish_.restarting == ordinal;
    if (lease != seen_.leases.end()) pod.report = lease->second.report;
    const auto assignment = seen_.assignments.find(ordinal);
    if (assignment != seen_.assignments.end()) pod.assignment = assignment->second;
    view.pods.push_back(pod);
  }
  return view;
}

void ModelOperator::reconcile() {
  View now = view();
  if (const auto wait = joining_.hold_back(now, wish_.replicas, timeline_.now())) {
    later(*wait, [this] { reconcile_soon(); });
  }
  const Step step = handoff_->step(now, timeline_.now());
  on_step(now, step);
  std::vector<std::function<void()>> calls;
  for (const auto& [ordinal, assignment] : step.writes) {
    calls.emplace_back([this, to = ordinal, written = assignment] { cluster_.put(to, written); });
  }
  for (const auto& [ordinal, assignment] : seen_.assignments) {
    if (seen_.pods.count(ordinal) != 0 || !assignment.shards.empty() || step.writes.count(ordinal) != 0) {
      continue;
    }
    calls.emplace_back([this, gone = ordinal] { cluster_.remove(Change::Kind::kAssignment, gone); });
  }
  writing_ = !calls.empty();
  if (writing_) write(std::move(calls), 0);
  if (step.check_again) later(*step.check_again, [this] { reconcile_soon(); });
}

void ModelOperator::write(std::vector<std::function<void()>> calls, std::size_t next) {
  later(Weather::call(timeline_), [this, calls = std::move(calls), next] {
    if (!weather_.loses(timeline_)) calls[next]();
    if (next + 1 < calls.size()) {
      write(calls, next + 1);
      return;
    }
    writing_ = false;
    if (std::exchange(queued_, false)) reconcile_soon();
  });
}

}  // namespace mkb::planner::simulation
