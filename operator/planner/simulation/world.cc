#include "operator/planner/simulation/world.h"

#include <algorithm>

#include "operator/planner/placement.h"

namespace mkb::planner::simulation {
namespace {

using api::ShardDuty;

bool told(const std::map<int, api::Assignment>& assignments, int ordinal, int shard, ShardDuty duty) {
  const auto found = assignments.find(ordinal);
  if (found == assignments.end()) return false;
  const auto& shards = found->second.shards;
  return std::any_of(shards.begin(), shards.end(), [shard, duty](const api::ShardAssignment& each) {
    return each.shard == shard && each.duty == duty;
  });
}

}  // namespace

World::World(std::uint32_t seed, int replicas, int shards) : timeline_(seed) {
  wish_.replicas = replicas;
  for (int shard = 0; shard < shards; ++shard) wish_.shards[shard] = 1;
  cluster_.on_change = [this](const Change& change) { on_change(change); };
  broker_.on_changed = [this](int shard) { look_at(shard); };
  broker_.on_fenced = [this](int shard, ModelBroker::Connection closed, int by) {
    on_fenced(shard, closed, by);
  };
  broker_.on_ended = [this](int shard, int ordinal) { on_ended(shard, ordinal); };
  operator_ = std::make_unique<ModelOperator>(timeline_, cluster_, weather_, wish_);
  operator_->on_step = [this](const View& view, const Step& step) { on_step(view, step); };
  operator_->start();
  follow_wish();
}

void World::fail(const std::string& what) {
  const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(timeline_.now().time_since_epoch());
  failures_.push_back(std::to_string(at.count()) + " ms: " + what);
}

ModelPod* World::pod(int ordinal) {
  const auto found = pods_.find(ordinal);
  return found == pods_.end() ? nullptr : found->second.get();
}

void World::create_pod(int ordinal) {
  auto& pod = pods_[ordinal];
  if (!pod) pod = std::make_unique<ModelPod>(ordinal, timeline_, cluster_, broker_, weather_);
  cluster_.put(ordinal, PodObject{});
  pod->start();
}

void World::remove_pod(int ordinal) {
  if (!going_.insert(ordinal).second) return;
  pods_.at(ordinal)->stop();
  timeline_.after(std::chrono::milliseconds(300), [this, ordinal] {
    pods_.at(ordinal)->crash();
    going_.erase(ordinal);
    cluster_.remove(Change::Kind::kLease, ordinal);
    cluster_.remove(Change::Kind::kPod, ordinal);
    if (wish_.restarting == ordinal) wish_.restarting.reset();
    follow_wish();
  });
}

void World::follow_wish() {
  for (int ordinal = 0; ordinal < wish_.replicas; ++ordinal) {
    if (cluster_.objects().pods.count(ordinal) == 0) create_pod(ordinal);
  }
  operator_->reconcile_soon();
}

void World::scale(int replicas) {
  wish_.replicas = replicas;
  follow_wish();
}

void World::restart_pod(int ordinal) {
  if (wish_.restarting || cluster_.objects().pods.count(ordinal) == 0) return;
  wish_.restarting = ordinal;
  operator_->reconcile_soon();
}

void World::crash_pod(int ordinal, Duration back_after) {
  ModelPod* victim = pod(ordinal);
  if (victim == nullptr || !victim->started() || going_.count(ordinal) != 0) return;
  victim->crash();
  timeline_.after(std::chrono::milliseconds(100), [this, ordinal] {
    if (!pods_.at(ordinal)->started() && cluster_.objects().pods.count(ordinal) != 0) {
      cluster_.put(ordinal, PodObject{});
    }
  });
  timeline_.after(back_after, [this, ordinal] {
    const bool exists = cluster_.objects().pods.count(ordinal) != 0 && going_.count(ordinal) == 0;
    if (exists && !pods_.at(ordinal)->started()) pods_.at(ordinal)->start();
  });
}

void World::pause_pod(int ordinal, Duration duration) {
  ModelPod* victim = pod(ordinal);
  if (victim == nullptr || !victim->works()) return;
  victim->pause();
  for (const auto& [shard, weight] : wish_.shards) look_at(shard);
  timeline_.after(duration, [this, ordinal] {
    pods_.at(ordinal)->resume();
    for (const auto& [shard, weight] : wish_.shards) look_at(shard);
  });
}

void World::unready_pod(int ordinal, Duration duration) {
  const auto set = [this, ordinal](bool ready) {
    if (cluster_.objects().pods.count(ordinal) != 0) cluster_.put(ordinal, PodObject{ready});
  };
  set(false);
  timeline_.after(duration,
                  [this, ordinal, set] { set(pod(ordinal) != nullptr && pod(ordinal)->started()); });
}

void World::restart_operator(Duration back_after) {
  if (!operator_->running()) return;
  operator_->stop();
  timeline_.after(back_after, [this] {
    if (!operator_->running()) operator_->start();
  });
}

void World::toggle_shard(int shard) {
  if (wish_.shards.erase(shard) == 0) wish_.shards[shard] = 1;
  look_at(shard);
  operator_->reconcile_soon();
}

void World::end() {
  wish_.ending = true;
  operator_->reconcile_soon();
}

void World::calm() {
  weather_ = Weather();
  if (!operator_->running()) operator_->start();
  for (auto& [ordinal, each] : pods_) {
    if (cluster_.objects().pods.count(ordinal) == 0 || going_.count(ordinal) != 0) continue;
    if (!each->started()) {
      each->start();
    } else {
      each->resume();
      cluster_.put(ordinal, PodObject{true});
    }
  }
}

void World::on_change(const Change& change) {
  operator_->watch(change);
  if (change.kind != Change::Kind::kAssignment) return;
  last_write_ = timeline_.now();
  const auto& assignments = cluster_.objects().assignments;
  for (auto& [key, owned] : owned_) {
    const bool owns = told(assignments, key.first, key.second, ShardDuty::kOwn);
    if (key.first == change.ordinal && !owns && owned.until == TimePoint::max())
      owned.until = timeline_.now();
  }
  if (!change.assignment) return;
  for (const auto& [shard, duty, established] : change.assignment->shards) {
    if (duty != ShardDuty::kOwn) continue;
    Ownership& owned = owned_[{change.ordinal, shard}];
    if (owned.until != TimePoint::max()) owned = {timeline_.now(), TimePoint::max()};
  }
  // The pod's own watch: each event is late on its own, the pod knows by the epoch which is the newest.
  timeline_.after(weather_.watch(timeline_), [this, change] {
    ModelPod* to = pod(change.ordinal);
    if (to != nullptr) to->on_assignment(*change.assignment);
  });
}

void World::on_step(const View& view, const Step& step) {
  for (const auto& [ordinal, each] : pods_) {
    const auto seen = std::find_if(view.pods.begin(), view.pods.end(),
                                   [other = ordinal](const PodState& pod) { return pod.ordinal == other; });
    if (seen == view.pods.end() || !seen->alive) dead_at_[ordinal] = timeline_.now();
  }
  for (const auto& [ordinal, assignment] : step.writes) {
    for (const auto& [shard, duty, established] : assignment.shards) {
      if (duty != ShardDuty::kOwn) continue;
      if (told(cluster_.objects().assignments, ordinal, shard, ShardDuty::kOwn)) continue;
      check_new_owner(shard, ordinal);
    }
  }
  for (const int ordinal : step.vacated) {
    const bool leaves = ordinal >= wish_.replicas || wish_.restarting == ordinal;
    if (leaves && cluster_.objects().pods.count(ordinal) != 0) remove_pod(ordinal);
  }
  for (const int ordinal : step.stranded) {
    if (wish_.restarting == ordinal) remove_pod(ordinal);
  }
  all_ended_ = step.all_ended;
}

/// Whoever else may acknowledge now must have been told to stop long enough ago, or must have been taken for
/// dead since it was told to own the shard.
void World::check_new_owner(int shard, int owner) {
  ++hand_overs_;
  for (const auto& [ordinal, each] : pods_) {
    if (ordinal == owner || !each->works() || !each->may_acknowledge(shard)) continue;
    if (had_its_time(ordinal, shard)) continue;
    fail("shard " + std::to_string(shard) + " given to " + std::to_string(owner) + " while " +
         std::to_string(ordinal) + " may acknowledge");
  }
}

/// The pod was taken for dead after it was told to own the shard, or has been told otherwise for long enough.
bool World::had_its_time(int ordinal, int shard) const {
  const auto owned = owned_.find({ordinal, shard});
  if (owned == owned_.end()) return false;
  const auto dead = dead_at_.find(ordinal);
  if (dead != dead_at_.end() && dead->second >= owned->second.since) return true;
  return owned->second.until != TimePoint::max() && timeline_.now() - owned->second.until >= kReleaseDeadline;
}

/// Two pods that both do what they are told in time never meet at the broker.
void World::on_fenced(int shard, ModelBroker::Connection closed, int by) {
  ModelPod& old = *pods_.at(closed.ordinal);
  if (closed.ordinal != by && old.works() && !had_its_time(closed.ordinal, shard) &&
      !had_its_time(by, shard)) {
    fail("shard " + std::to_string(shard) + " of " + std::to_string(closed.ordinal) + " taken by " +
         std::to_string(by));
  }
  old.on_fenced(shard, closed.number);
}

/// A pod that stood still for too long may connect once more before it learns that it owns nothing; the
/// session that this begins is left to its expiry.
void World::on_ended(int shard, int ordinal) {
  revivable_.erase(shard);
  for (const auto& [other, each] : pods_) {
    const bool may_connect = other != ordinal && each->started() && each->may_acknowledge(shard);
    if (may_connect && had_its_time(other, shard)) revivable_.insert(shard);
  }
}

bool World::left_over(int shard) const {
  return broker_.has_session(shard) && revivable_.count(shard) == 0;
}

bool World::served(int shard) {
  const auto connection = broker_.connection(shard);
  const ModelPod* by = connection ? pod(connection->ordinal) : nullptr;
  return by != nullptr && by->works();
}

void World::look_at(int shard) {
  const auto since = unserved_since_.find(shard);
  const bool wanted = wish_.shards.count(shard) != 0;
  if (wanted && !served(shard)) {
    if (since == unserved_since_.end()) unserved_since_[shard] = timeline_.now();
  } else if (since != unserved_since_.end()) {
    if (wanted) longest_gap_ = std::max(longest_gap_, timeline_.now() - since->second);
    unserved_since_.erase(since);
  }
}

Duration World::take_longest_gap() {
  for (const auto& [shard, weight] : wish_.shards) look_at(shard);
  for (auto& [shard, since] : unserved_since_) {
    longest_gap_ = std::max(longest_gap_, timeline_.now() - since);
    since = timeline_.now();
  }
  return std::exchange(longest_gap_, Duration::zero());
}

void World::check_settled(TimePoint since) {
  if (last_write_ >= since) fail("assignments are still written");
  PlacementInput even;
  for (int ordinal = 0; ordinal < wish_.replicas; ++ordinal)
    even.pods.push_back({ordinal, PodRole::kAccepts});
  even.shards = wish_.shards;
  for (const auto& [ordinal, assignment] : cluster_.objects().assignments) {
    for (const auto& [shard, duty, established] : assignment.shards) {
      const std::string name = "shard " + std::to_string(shard) + " of " + std::to_string(ordinal);
      if (duty != ShardDuty::kOwn || wish_.shards.count(shard) == 0) fail(name + " is not settled");
      const auto connection = broker_.connection(shard);
      if (!connection || connection->ordinal != ordinal) fail(name + " is not connected there");
      if (!even.previous.emplace(shard, ordinal).second) fail(name + " is owned twice");
    }
  }
  if (!place_shards(even).moves.empty()) fail("shards are not spread evenly");
  for (int shard = 0; shard < 100; ++shard) {
    if (wish_.shards.count(shard) == 0 && left_over(shard)) {
      fail("the session of shard " + std::to_string(shard) + " is left over");
    }
  }
}

void World::check_ended() {
  if (!all_ended_) fail("not all sessions are reported to have ended");
  for (const auto& [shard, weight] : wish_.shards) {
    if (left_over(shard)) fail("the session of shard " + std::to_string(shard) + " is left over");
  }
}

}  // namespace mkb::planner::simulation
