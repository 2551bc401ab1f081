#include "dataplane/pod/pod_agent.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/problem.h"
#include "api/yaml_codec.h"

namespace mkb::dataplane {
namespace {

using nlohmann::json;

constexpr Duration kShortestAbsence = std::chrono::seconds(5);
constexpr Duration kLongestAbsence = std::chrono::seconds(60);

/// Only the operator's JSON has one; a file that a person wrote has none.
std::int64_t generation_of(const std::string& bridge) {
  const json document = json::parse(bridge, nullptr, false);
  if (!document.is_object() || !document.contains("metadata")) {
    return 0;
  }
  const json& metadata = document["metadata"];
  const auto generation = metadata.is_object() ? metadata.find("generation") : metadata.end();
  return generation != metadata.end() && generation->is_number_integer() ? generation->get<std::int64_t>()
                                                                         : 0;
}

Result<Routes> read(const RoutesText& text) {
  api::ParseOutcome outcome = api::parse_bridge(text.bridge, "bridge.yaml");
  if (!outcome.spec) {
    return Error(api::ShardRecordError::kMalformed, api::render(outcome.problems));
  }
  Routes routes;
  routes.spec = std::move(*outcome.spec);
  routes.generation = generation_of(text.bridge);
  if (text.filters) {
    auto record = api::parse_shard_record(*text.filters);
    if (!record) {
      return record.error().with_context(std::string(api::kShardRecordKey));
    }
    routes.record = std::move(*record);
  }
  return routes;
}

/// Totals change with every message: the next renewal is soon enough for them.
bool same_but_totals(api::PodReport a, const api::PodReport& b) {
  a.routes = b.routes;
  return a == b;
}

}  // namespace

void PodAgent::on_saved(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) {
    return;
  }
  const auto field = [&document](const char* name) -> std::optional<std::string> {
    const auto found = document.find(name);
    return found != document.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                         : std::nullopt;
  };
  if (auto bridge = field("bridge")) {
    saved_routes_ = RoutesText{std::move(*bridge), field("filters")};
  }
  saved_assignment_ = field("assignment");
}

PodActions PodAgent::on_routes(RoutesText text, TimePoint now) {
  PodActions actions;
  saved_routes_.reset();
  if (routes_ != text) {
    routes_ = std::move(text);
    read_routes(actions);
  }
  return finish(std::move(actions), now);
}

PodActions PodAgent::on_assignment(std::string text, TimePoint now) {
  PodActions actions;
  saved_assignment_.reset();
  if (assignment_ != text) {
    assignment_ = std::move(text);
    // A stream of assignments must not put the report off for ever.
    if (!unreported_since_) {
      unreported_since_ = now;
    }
    read_assignment(actions);
  }
  return finish(std::move(actions), now);
}

void PodAgent::read_routes(PodActions& actions) {
  auto routes = read(*routes_);
  if (!routes) {
    routes_problem_ = routes.error().message();
    return;
  }
  taking_routes_ = true;
  taken_generation_ = routes->generation;
  actions.routes = std::move(*routes);
}

void PodAgent::read_assignment(PodActions& actions) {
  auto assignment = api::parse_assignment(*assignment_);
  if (!assignment) {
    assignment_problem_ = "the assignment " + assignment.error().message();
    return;
  }
  assignment_problem_.clear();
  good_assignment_ = assignment_;
  wanted_ = std::move(*assignment);
  // Without a bridge nothing is held, which obeys any assignment.
  epoch_ = wanted_->epoch;
  if (have_bridge_) {
    actions.assign = wanted_;
    state_is_old_ = true;
  }
}

PodActions PodAgent::on_routes_taken(RoutesTaken outcome, const std::string& why, TimePoint now) {
  PodActions actions;
  taking_routes_ = false;
  if (outcome != RoutesTaken::kApplied) {
    routes_problem_ = why;
    return finish(std::move(actions), now);
  }
  routes_problem_.clear();
  good_routes_ = routes_;
  generation_ = taken_generation_;
  if (!std::exchange(have_bridge_, true) && wanted_) {
    epoch_ = wanted_->epoch;
    actions.assign = wanted_;
    state_is_old_ = true;
  }
  return finish(std::move(actions), now);
}

PodActions PodAgent::on_state(BridgeState state, TimePoint now) {
  state_ = std::move(state);
  state_is_old_ = false;
  return finish({}, now);
}

PodActions PodAgent::on_published(bool written, TimePoint now) {
  publishing_ = false;
  failed_ = !written;
  if (failed_) {
    published_.reset();
  } else {
    written_at_ = published_at_;
  }
  return finish({}, now);
}

PodActions PodAgent::tick(TimePoint now) {
  PodActions actions;
  if (now - started_ >= options_.saved_after) {
    if (saved_assignment_ && !assignment_) {
      assignment_ = std::exchange(saved_assignment_, std::nullopt);
      read_assignment(actions);
    }
    if (saved_routes_ && !routes_) {
      routes_ = std::exchange(saved_routes_, std::nullopt);
      read_routes(actions);
    }
  }
  return finish(std::move(actions), now);
}

PodActions PodAgent::finish(PodActions actions, TimePoint now) {
  if (good_routes_ && good_assignment_) {
    std::string text = state_text();
    if (text != saved_text_) {
      saved_text_ = text;
      actions.save = std::move(text);
    }
  }
  if (publishing_ || taking_routes_ || state_is_old_) {
    // A report that has the new epoch with what was held before would tell of a release that has not been.
    return actions;
  }
  api::PodReport now_true = report();
  const bool changed = !published_ || !same_but_totals(*published_, now_true);
  const bool due = now - published_at_ >= options_.renew_interval;
  const bool waiting = (failed_ && now - published_at_ < options_.retry_interval) || (!due && settling(now));
  if ((changed || due) && !waiting) {
    publishing_ = true;
    unreported_since_.reset();
    published_at_ = now;
    published_ = now_true;
    actions.publish = std::move(now_true);
  }
  return actions;
}

bool PodAgent::settling(TimePoint now) const {
  if (hurrying_ || !wanted_ || !have_bridge_ || !unreported_since_ ||
      now - *unreported_since_ >= options_.settle_patience) {
    return false;
  }
  std::vector<int> owned;
  for (const api::ShardAssignment& each : wanted_->shards) {
    if (each.duty == api::ShardDuty::kOwn) {
      owned.push_back(each.shard);
    }
  }
  return owned != state_.held;
}

Duration PodAgent::least_delay(TimePoint now) const {
  const Duration silent = now - written_at_.value_or(started_);
  if (silent < options_.lease_duration) {
    return {};
  }
  return std::clamp<Duration>(silent / 2, kShortestAbsence, kLongestAbsence);
}

api::PodReport PodAgent::report() const {
  api::PodReport report;
  report.epoch = epoch_;
  report.generation = generation_;
  report.held = state_.held;
  report.ended = state_.ended;
  report.lost = state_.lost;
  report.routes = state_.routes;
  report.problem = !routes_problem_.empty()       ? routes_problem_
                   : !assignment_problem_.empty() ? assignment_problem_
                                                  : state_.problem;
  return report;
}

std::string PodAgent::state_text() const {
  json document = {{"bridge", good_routes_->bridge}, {"assignment", *good_assignment_}};
  if (good_routes_->filters) {
    document["filters"] = *good_routes_->filters;
  }
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace mkb::dataplane
