#include "operator/planner/simulation/model_pod.h"

#include <utility>

namespace mkb::planner::simulation {

using api::ShardDuty;

void ModelPod::later(Duration delay, std::function<void()> run) {
  timeline_.after(delay, [this, process = process_, run = std::move(run)] {
    if (process != process_ || !started_) return;
    if (paused_) {
      waiting_.push_back(run);
    } else {
      run();
    }
  });
}

void ModelPod::later(Duration delay, int shard, std::function<void(Held&)> run) {
  later(delay, [this, shard, token = held_.at(shard).token, run = std::move(run)] {
    const auto found = held_.find(shard);
    if (found != held_.end() && found->second.token == token) run(found->second);
  });
}

void ModelPod::start() {
  started_ = true;
  paused_ = false;
  ++process_;
  assignment_ = {};
  held_.clear();
  ended_.clear();
  waiting_.clear();
  later(timeline_.millis(50, 500), [this] {
    const auto found = cluster_.objects().assignments.find(ordinal_);
    if (found != cluster_.objects().assignments.end()) on_assignment(found->second);
    renew();
    later(Weather::call(timeline_), [this] { cluster_.put(ordinal_, PodObject{true}); });
  });
}

void ModelPod::crash() {
  started_ = false;
  ++process_;
  const auto held = std::exchange(held_, {});
  for (const auto& [shard, each] : held) broker_.disconnect(shard, each.connection);
}

void ModelPod::stop() {
  assignment_.shards.clear();
  obey();
  later(std::chrono::milliseconds(Weather::kFlushMs), [this] { crash(); });
}

void ModelPod::resume() {
  paused_ = false;
  for (const auto& run : std::exchange(waiting_, {})) run();
}

std::optional<ShardDuty> ModelPod::duty(int shard) const {
  for (const auto& each : assignment_.shards) {
    if (each.shard == shard) return each.duty;
  }
  return std::nullopt;
}

ModelPod::Held& ModelPod::begin(int shard, Phase phase) {
  Held& held = held_[shard];
  held.phase = phase;
  held.token = ++last_token_;
  return held;
}

void ModelPod::on_assignment(const api::Assignment& assignment) {
  later(Duration::zero(), [this, assignment] {
    if (assignment.epoch <= assignment_.epoch) return;
    assignment_ = assignment;
    obey();
  });
}

void ModelPod::obey() {
  const auto held = held_;
  for (const auto& [shard, each] : held) {
    const auto told = duty(shard);
    if (told == ShardDuty::kOwn && each.phase == Phase::kFlushing) begin(shard, Phase::kConnected);
    if (told != ShardDuty::kOwn && told != ShardDuty::kEnd) let_go(shard);
  }
  std::set<int> ended;
  for (const auto& [shard, told, established] : assignment_.shards) {
    if (told == ShardDuty::kOwn && (held_.count(shard) == 0 || held_[shard].phase == Phase::kEnding)) {
      connect(shard, Weather::connect(timeline_));
    }
    if (told == ShardDuty::kEnd && ended_.count(shard) != 0) ended.insert(shard);
  }
  ended_ = std::move(ended);
  for (const auto& [shard, told, established] : assignment_.shards) {
    const bool ending = held_.count(shard) != 0 && held_[shard].phase == Phase::kEnding;
    if (told == ShardDuty::kEnd && ended_.count(shard) == 0 && !ending) end(shard);
  }
  report();
}

void ModelPod::let_go(int shard) {
  const Phase phase = held_.at(shard).phase;
  if (phase == Phase::kFlushing) return;
  if (phase != Phase::kConnected) {
    held_.erase(shard);
    return;
  }
  begin(shard, Phase::kFlushing);
  later(weather_.flush(timeline_), shard, [this, shard](Held& held) {
    broker_.disconnect(shard, held.connection);
    held_.erase(shard);
    report();
  });
}

void ModelPod::connect(int shard, Duration delay) {
  begin(shard, Phase::kConnecting);
  later(delay, shard, [this, shard](Held& held) {
    held.phase = Phase::kConnected;
    held.connection = broker_.connect(shard, ordinal_);
  });
}

void ModelPod::end(int shard) {
  begin(shard, Phase::kEnding);
  later(Weather::connect(timeline_), shard, [this, shard](Held&) {
    held_.erase(shard);
    broker_.end(shard, ordinal_);
    ended_.insert(shard);
    report();
  });
}

void ModelPod::on_fenced(int shard, int connection) {
  later(timeline_.millis(1, 20), [this, shard, connection] {
    const auto found = held_.find(shard);
    if (found == held_.end() || found->second.connection != connection) return;
    if (found->second.phase == Phase::kConnected && duty(shard) == ShardDuty::kOwn) {
      connect(shard, timeline_.millis(100, 400));
    } else if (found->second.phase == Phase::kFlushing) {
      held_.erase(found);
      report();
    }
  });
}

void ModelPod::report() {
  api::PodReport report;
  report.epoch = assignment_.epoch;
  for (const auto& [shard, each] : held_) report.held.push_back(shard);
  report.ended.assign(ended_.begin(), ended_.end());
  const int number = ++reports_sent_;
  if (weather_.loses(timeline_)) return;
  timeline_.after(Weather::call(timeline_), [this, number, report] {
    if (number <= reports_arrived_ || cluster_.objects().pods.count(ordinal_) == 0) return;
    reports_arrived_ = number;
    cluster_.put(ordinal_, LeaseObject{number, report});
  });
}

void ModelPod::renew() {
  report();
  later(std::chrono::seconds(3), [this] { renew(); });
}

}  // namespace mkb::planner::simulation
