#include "operator/reconcile/round.h"

#include <algorithm>

#include "operator/planner/shard_planning.h"
#include "operator/reconcile/digest.h"
#include "operator/reconcile/joined_text.h"
#include "operator/reconcile/records.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

constexpr Duration kTotalsPeriod = std::chrono::seconds(10);
constexpr Duration kMovingPatience = std::chrono::milliseconds(500);

}  // namespace

Round::Round(RoundPorts ports, json bridge, BridgeMemory& memory)
    : ports_(std::move(ports)),
      bridge_(std::move(bridge)),
      memory_(memory),
      identity_(BridgeIdentity::of(bridge_)),
      now_(ports_.clock.now()) {}

RoundOutcome Round::run() {
  accept_spec();
  look_at_pods();
  if (deleting()) return end();
  if (!paused()) {
    if (!change_finalizer(true)) return outcome();
    if (spec_) {
      read_secrets();
      plan_shards();
      if (write_children()) restart_and_retire_pods();
    }
  } else if (spec_) {
    shards_total_ = static_cast<int>(planner::shard_weights(record_).size());
  }
  write_status();
  note_once();
  return outcome();
}

RoundOutcome Round::outcome() {
  RoundOutcome outcome{again_, std::nullopt};
  if (failures_.empty()) return outcome;
  outcome.failure = Error(ReconcileError::kRequestsFailed, joined(failures_));
  return outcome;
}

bool Round::paused() const {
  const auto pointer = json::json_pointer("/metadata/annotations") / std::string(kPausedAnnotation);
  return bridge_.contains(pointer) && bridge_.at(pointer) == "true";
}

bool Round::deleting() const {
  return bridge_.contains(json::json_pointer("/metadata/deletionTimestamp"));
}

int Round::replicas() const {
  return spec_ ? spec_->replicas : 0;
}

void Round::check_in(Duration delay) {
  again_ = again_ ? std::min(*again_, delay) : delay;
}

PodFacts* Round::find_pod(int ordinal) {
  const auto found = std::find_if(pods_.begin(), pods_.end(),
                                  [ordinal](const PodFacts& each) { return each.ordinal == ordinal; });
  return found == pods_.end() ? nullptr : &*found;
}

void Round::plan_shards() {
  restart_ = secrets_known_ ? next_restart(pods_, replicas()) : std::nullopt;
  planner::View view;
  view.shards = planner::shard_weights(record_);
  shards_total_ = static_cast<int>(view.shards.size());
  for (const PodFacts& pod : pods_) {
    const bool going = pod.terminating || pod.ordinal == restart_;
    planner::PodState state = planner::pod_state(pod.ordinal, pod.alive, pod.serves(), going, replicas());
    state.report = pod.report;
    state.assignment = pod.assignment;
    view.pods.push_back(std::move(state));
  }
  if (!record_known_) memory_.spared.merge(planner::assigned_without_filters(view));
  for (const int shard : memory_.spared) view.shards.emplace(shard, 1);
  if (const auto wait = memory_.joining.hold_back(view, replicas(), now_)) check_in(*wait);
  step_ = memory_.handoff.step(view, now_);
  if (step_.check_again) check_in(*step_.check_again);
  rest_can_wait_ = rest_can_wait();
  for (const auto& [ordinal, assignment] : step_.writes) {
    if (PodFacts* pod = find_pod(ordinal)) pod->assignment = assignment;
  }
}

/// False when it can wait.
bool Round::write_children() {
  ChildrenInput input{in_force_, record_, {}, secrets_known_, {}};
  input.workload.replicas = workload_replicas();
  input.workload.image = ports_.options.image;
  input.workload.secrets = secrets_;
  input.workload.secrets_digest = secrets_digest(memory_.secrets);
  const json spec = in_force_.value("spec", json::object());
  input.workload.settings_digest =
      digest(spec.value("mqtt", json()).dump() + spec.value("kafka", json()).dump());
  input.workload.pod = spec.value("pod", json());
  for (const PodFacts& pod : pods_) {
    if (pod.exists() || pod.ordinal < input.workload.replicas) {
      input.assignments[pod.ordinal] = pod.assignment.value_or(api::Assignment{});
    }
  }
  for (int ordinal = 0; ordinal < input.workload.replicas; ++ordinal) input.assignments.try_emplace(ordinal);
  const std::vector<Child> children = wanted_children(identity_, input);
  // The record first: no session is ended before it is written down that its filters are elsewhere or gone.
  const auto routes = std::find_if(children.begin(), children.end(),
                                   [this](const Child& each) { return each.name() == identity_.routes(); });
  if (!ensure(*routes)) return true;
  // Then what pods are waiting for: a shard on the move is silent until it comes.
  if (!write_assignments()) return true;
  if (rest_can_wait_) return false;
  for (const Child& child : children) {
    if (&child != &*routes) ensure(child);
  }
  // ConfigMap and Lease of pods that are gone for good.
  for (const PodFacts& pod : pods_) {
    if (!pod.exists() && pod.ordinal >= input.workload.replicas && step_.vacated.contains(pod.ordinal)) {
      remove(kube::kConfigMaps, identity_.pod(pod.ordinal), "");
      remove(kube::kLeases, identity_.pod(pod.ordinal), "");
      memory_.written.erase(pod.ordinal);
    }
  }
  return true;
}

void Round::restart_and_retire_pods() {
  if (!restart_ || !failures_.empty()) return;
  const PodFacts* pod = find_pod(*restart_);
  if (pod == nullptr || !pod->exists() || pod->terminating) return;
  // Alone it cannot be vacated: the MQTT broker queues while it is away.
  const bool empty = step_.vacated.contains(*restart_) || step_.stranded.contains(*restart_);
  if (pod->alive && (!empty || new_pods_connect())) return;
  remove(kube::kPods, identity_.pod(*restart_), pod->uid);
  ports_.notes.note(bridge_, false, "PodRestarted", "Roll", identity_.pod(*restart_) + " is made anew");
}

/// A pod that was made anew is not connected for all that it has been given. Perhaps it never will be, and
/// the pod that is next is one that was.
bool Round::new_pods_connect() const {
  return std::any_of(pods_.begin(), pods_.end(), [this](const PodFacts& pod) {
    return pod.ordinal < replicas() && pod.alive && !pod.outdated && !pod.holds_its_shards();
  });
}

// While a shard moves, the pods' next report is on its way, and it is silent until that has been answered:
// what else there is to write, a status that says "moving" among it, can wait, but not so long that nobody
// learns what is going on.
bool Round::rest_can_wait() {
  if (step_.moving == 0 || deleting()) {
    memory_.rest_waits.reset();
    return false;
  }
  if (!memory_.rest_waits) memory_.rest_waits = now_;
  const Duration left = *memory_.rest_waits + kMovingPatience - now_;
  if (left <= Duration::zero()) {
    memory_.rest_waits = now_;
    return false;
  }
  check_in(left);
  return true;
}

void Round::write_status() {
  if (rest_can_wait_) return;
  StatusInput input{bridge_, spec_ ? &*spec_ : nullptr};
  input.spec_is_current = current_;
  input.stall = stall_;
  input.failures = failures_;
  input.pods = pods_;
  input.shards_total = shards_total_;
  input.shards_assigned = step_.assigned;
  input.shards_moving = step_.moving;
  input.lost = step_.lost;
  input.paused = paused();
  input.ending = deleting();
  input.unix_ms = ports_.clock.unix_millis();
  input.restarts_left =
      static_cast<int>(std::count_if(pods_.begin(), pods_.end(), [this](const PodFacts& pod) {
        return pod.exists() && pod.outdated && pod.ordinal < replicas();
      }));
  const json before = bridge_.value("status", json::object());
  input.refresh_totals = !memory_.totals_written || now_ - *memory_.totals_written >= kTotalsPeriod;
  json status = bridge_status(identity_, input);
  if (status.value("routes", json()) != before.value("routes", json())) memory_.totals_written = now_;
  if (std::any_of(pods_.begin(), pods_.end(), [](const auto& pod) { return pod.alive; }))
    check_in(kTotalsPeriod);
  if (status == before) return;
  const json object{{"apiVersion", kube::kBridges.api_version()},
                    {"kind", kube::kBridges.kind},
                    {"metadata", {{"name", identity_.name}, {"namespace", identity_.name_space}}},
                    {"status", std::move(status)}};
  auto written = ports_.client.apply(kube::kBridges, identity_.name_space, identity_.name, object, "status",
                                     ports_.stop);
  if (!written) {
    failed(written.error());
    return;
  }
  ports_.caches.of(kube::kBridges).absorb(*written);
}

void Round::note_once() {
  const std::string text = stall_ ? stall_->reason + ": " + stall_->message : "";
  if (text != memory_.stall) {
    memory_.stall = text;
    if (stall_) ports_.notes.note(bridge_, true, stall_->reason, "Reconcile", stall_->message);
  }
  const std::set<int> lost(step_.lost.begin(), step_.lost.end());
  if (lost != memory_.lost) {
    memory_.lost = lost;
    for (const int shard : lost) {
      ports_.notes.note(bridge_, true, "SessionLost", "Reconcile",
                        "the MQTT broker no longer knew the session of shard " + std::to_string(shard));
    }
  }
}

}  // namespace mkb::reconcile
