#include "dataplane/shard/shard_set.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <set>
#include <utility>

#include "base/log.h"

namespace mkb::dataplane {

ShardSet::ShardSet(ShardEnvironment environment) : environment_(std::move(environment)) {}

ShardSet::~ShardSet() {
  *life_ = nullptr;
}

Result<ShardSet::Change> ShardSet::planned(int shard, const std::map<int, SessionPlan>& plans) const {
  SessionPlan plan;
  plan.shard = shard;
  plan.client_id = environment_.identity + "-" + std::to_string(shard);
  if (const auto found = plans.find(shard); found != plans.end()) {
    plan = found->second;
  }
  std::set<std::string> here;
  for (const PlannedSubscription& each : plan.subscriptions) {
    here.insert(each.subscribe);
  }
  bool overlapping = false;
  const auto known = shards_.find(shard);
  if (known != shards_.end() && known->second.session) {
    for (const PlannedSubscription& before : known->second.session->plan().subscriptions) {
      for (const auto& [other, there] : plans) {
        const auto moved = std::find_if(
            there.subscriptions.begin(), there.subscriptions.end(),
            [&before](const PlannedSubscription& each) { return each.subscribe == before.subscribe; });
        if (moved == there.subscriptions.end() || !here.insert(before.subscribe).second) {
          continue;
        }
        PlannedSubscription leaving = before;
        leaving.routes.clear();
        for (const FedRoute& fed : moved->routes) {
          leaving.routes.push_back({fed.route, {}});
        }
        plan.subscriptions.push_back(std::move(leaving));
        overlapping = true;
      }
    }
  }
  auto matcher = RouteMatcher::build(plan);
  if (!matcher) {
    return matcher.error();
  }
  return Change{std::move(plan), std::move(*matcher), overlapping};
}

Result<void> ShardSet::set_plans(std::vector<SessionPlan> plans) {
  std::map<int, SessionPlan> by_shard;
  for (SessionPlan& plan : plans) {
    if (auto matcher = RouteMatcher::build(plan); !matcher) {
      return matcher.error();
    }
    const int number = plan.shard;
    by_shard.emplace(number, std::move(plan));
  }
  std::map<int, Change> changes;
  for (const auto& [number, shard] : shards_) {
    if (shard.phase == ShardPhase::kOwned || shard.phase == ShardPhase::kPrepared) {
      auto change = planned(number, by_shard);
      if (!change) {
        return change.error();
      }
      changes.emplace(number, std::move(*change));
    }
  }
  plans_ = std::move(by_shard);
  for (auto& [number, change] : changes) {
    Shard& shard = shards_.at(number);
    shard.overlapping = change.overlapping;
    shard.overlap_until = environment_.clock.now() + kOverlap;
    shard.session->change(std::move(change.plan), std::move(change.matcher));
  }
  if (own_all_) {
    own_all();
    return {};
  }
  for (const auto& [number, plan] : plans_) {
    step(number);
  }
  return {};
}

void ShardSet::own_all() {
  own_all_ = true;
  for (auto& [number, shard] : shards_) {
    shard.wanted.reset();
    if (shard.phase == ShardPhase::kOwned || shard.phase == ShardPhase::kEnding) {
      shard.wanted = api::ShardDuty::kEnd;  // unless it has filters: without any, its queue would grow unread
    }
  }
  for (const auto& [number, plan] : plans_) {
    shards_[number].wanted = api::ShardDuty::kOwn;
  }
  for (auto& [number, shard] : shards_) {
    step(number);
  }
}

bool ShardSet::assign(const api::Assignment& assignment) {
  if (own_all_) {
    return false;
  }
  const bool another = assignment.epoch != std::exchange(epoch_, assignment.epoch);
  for (auto& [number, shard] : shards_) {
    shard.wanted.reset();
  }
  for (const api::ShardAssignment& each : assignment.shards) {
    Shard& shard = shards_[each.shard];
    shard.wanted = each.duty;
    shard.established = each.established;
    if (another && each.duty == api::ShardDuty::kOwn && shard.phase == ShardPhase::kOwned) {
      shard.session->retry_now();
    }
  }
  // What goes, first: a process that is told to hand over does so before it takes on more.
  for (const bool owning : {false, true}) {
    for (auto& [number, shard] : shards_) {
      if ((shard.wanted == api::ShardDuty::kOwn) == owning) {
        step(number);
      }
    }
  }
  notify();
  return true;
}

void ShardSet::step(int number) {
  Shard& shard = shards_[number];
  while (!finished_) {
    const ShardAction action = next_action(shard.phase, shard.wanted, plans_.count(number) != 0);
    if (!perform(number, shard, action)) {
      return;
    }
  }
}

bool ShardSet::perform(int number, Shard& shard, ShardAction action) {
  switch (action) {
    case ShardAction::kNothing:
      return false;
    case ShardAction::kPrepare:
      make_session(number, shard);
      shard.phase = ShardPhase::kPrepared;
      shard.session->prepare();
      return false;
    case ShardAction::kStart:
      if (!shard.session) {
        make_session(number, shard);
      }
      if (shard.established) {
        shard.session->expect_session();
      }
      environment_.dispatcher.add_source(*shard.session);
      shard.phase = ShardPhase::kOwned;
      shard.session->start();
      return false;
    case ShardAction::kRelease:
      if (shard.wanted == api::ShardDuty::kEnd && shard.overlapping) {
        return false;  // messages of filters that moved may still come; tick() asks again
      }
      shard.phase = ShardPhase::kReleasing;
      shard.session->release(
          [this, number] { later([number](ShardSet& self) { self.on_released(number); }); });
      return false;
    case ShardAction::kDrop:
      shard.session.reset();
      shard.phase = ShardPhase::kNone;
      return true;
    case ShardAction::kEnd:
      shard.phase = ShardPhase::kEnding;
      shard.ender = std::make_unique<SessionEnder>(
          environment_.io, environment_.identity + "-" + std::to_string(number), environment_.connection,
          environment_.connection_environment,
          [this, number] { later([number](ShardSet& self) { self.on_session_ended(number); }); });
      shard.ender->start();
      return false;
    case ShardAction::kForget:
      shard.phase = ShardPhase::kNone;
      return true;
  }
  return false;
}

void ShardSet::make_session(int number, Shard& shard) {
  const SessionPlan& plan = plans_.at(number);
  // It was built before, when the plan came.
  auto matcher = RouteMatcher::build(plan);
  shard.overlapping = false;
  shard.session = std::make_unique<IngestSession>(
      environment_.io, plan, std::move(matcher).value(), environment_.connection,
      environment_.connection_environment, environment_.dispatcher, environment_.clock);
  shard.session->set_on_change([this] { notify(); });
}

void ShardSet::on_released(int number) {
  Shard& shard = shards_[number];
  retired_.push_back(std::move(shard.session));
  shard.phase = ShardPhase::kNone;
  retire();
  step(number);
  notify();
}

void ShardSet::on_session_ended(int number) {
  Shard& shard = shards_[number];
  shard.ender.reset();
  shard.phase = ShardPhase::kEnded;
  if (own_all_ && plans_.count(number) == 0) {
    shard.wanted.reset();
  }
  step(number);
  notify();
}

void ShardSet::retire() {
  const auto done = std::stable_partition(retired_.begin(), retired_.end(),
                                          [](const auto& session) { return session->held != 0; });
  for (auto each = done; each != retired_.end(); ++each) {
    environment_.dispatcher.remove_source(**each);
  }
  retired_.erase(done, retired_.end());
}

std::vector<int> ShardSet::held() const {
  std::vector<int> numbers;
  for (const auto& [number, shard] : shards_) {
    if (shard.session && shard.session->holding()) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

std::vector<int> ShardSet::ended() const {
  std::vector<int> numbers;
  for (const auto& [number, shard] : shards_) {
    if (shard.phase == ShardPhase::kEnded) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

std::vector<int> ShardSet::lost() const {
  std::vector<int> numbers;
  for (const auto& [number, shard] : shards_) {
    const auto lost_at = shard.session ? shard.session->lost_at() : std::nullopt;
    if (lost_at && environment_.clock.now() - *lost_at < kLossTold) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

std::string ShardSet::problem() const {
  for (const auto& [number, shard] : shards_) {
    if (shard.ender && !shard.ender->problem().empty()) {
      return "shard " + std::to_string(number) + " cannot be ended: " + shard.ender->problem();
    }
    if (shard.phase == ShardPhase::kOwned) {
      const SessionSnapshot session = shard.session->snapshot();
      if (!session.ready && !session.last_error.empty()) {
        return "session " + session.client_id + " is not ready: " + session.last_error;
      }
    }
  }
  return {};
}

void ShardSet::end_overlap(int number, Shard& shard) {
  shard.overlapping = false;
  SessionPlan plan;
  plan.shard = number;
  plan.client_id = shard.session->plan().client_id;
  if (const auto found = plans_.find(number); found != plans_.end()) {
    plan = found->second;
  }
  if (auto matcher = RouteMatcher::build(plan)) {
    shard.session->change(std::move(plan), std::move(*matcher));
  }
}

void ShardSet::tick() {
  for (auto& [number, shard] : shards_) {
    if (!shard.session) {
      continue;
    }
    shard.session->tick();
    if (shard.phase == ShardPhase::kOwned && environment_.dispatcher.held_by_old_rules(*shard.session)) {
      shard.session->renew();
    }
    const bool over = environment_.clock.now() >= shard.overlap_until;
    if (shard.phase == ShardPhase::kOwned && shard.overlapping && over) {
      end_overlap(number, shard);
      step(number);
    }
  }
  retire();
}

void ShardSet::finish(std::function<void()> done) {
  finished_ = std::move(done);
  open_ = 1;
  const auto closed = [this] {
    if (--open_ == 0) {
      later([](ShardSet& self) { self.finished_(); });
    }
  };
  for (auto& [number, shard] : shards_) {
    shard.ender.reset();
    if (shard.phase == ShardPhase::kPrepared) {
      shard.session.reset();
    }
    if (shard.session && !shard.session->closed()) {
      ++open_;
      shard.session->finish(closed);
    }
  }
  closed();
}

std::vector<SessionSnapshot> ShardSet::snapshots() const {
  std::vector<SessionSnapshot> all;
  for (const auto& [number, shard] : shards_) {
    const bool owned = shard.phase == ShardPhase::kOwned || shard.phase == ShardPhase::kReleasing;
    if (owned && (finished_ || !shard.session->closed())) {
      all.push_back(shard.session->snapshot());
    }
  }
  return all;
}

void ShardSet::later(std::function<void(ShardSet&)> what) {
  boost::asio::post(environment_.io, [life = life_, what = std::move(what)] {
    if (*life != nullptr) {
      what(**life);
    }
  });
}

void ShardSet::notify() {
  if (!environment_.on_change || std::exchange(notify_posted_, true)) {
    return;
  }
  later([](ShardSet& self) {
    self.notify_posted_ = false;
    self.environment_.on_change();
  });
}

}  // namespace mkb::dataplane
