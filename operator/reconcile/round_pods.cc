#include <algorithm>
#include <map>

#include "operator/reconcile/drift.h"
#include "operator/reconcile/records.h"
#include "operator/reconcile/round.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

/// As the pod writes it (spec.leaseDurationSeconds); bounded, because it is another program's word.
Duration lease_duration(const json& lease) {
  const auto seconds = lease.value(json::json_pointer("/spec/leaseDurationSeconds"), json());
  return std::chrono::seconds(seconds.is_number_integer() ? std::clamp<std::int64_t>(seconds, 3, 60) : 10);
}

bool held_by(const json& lease, const std::string& uid) {
  return lease.value(json::json_pointer("/spec/holderIdentity"), json("")) == uid;
}

}  // namespace

void Round::look_at_pods() {
  workload_ = ports_.caches.of(kube::kStatefulSets)
                  .find(kube::object_key(identity_.name_space, identity_.workload()));
  std::map<int, PodFacts> pods;
  std::map<int, json> leases;
  std::string revision;
  if (workload_) {
    const json status = workload_->value("status", json::object());
    // Until the controller has seen the newest template, updateRevision is the one before it.
    if (status.value("observedGeneration", 0) ==
        workload_->value(json::json_pointer("/metadata/generation"), -1)) {
      revision = status.value("updateRevision", "");
    }
    const std::string uid = workload_->value(json::json_pointer("/metadata/uid"), "");
    for (const json& pod : ports_.caches.of(kube::kPods).owned_by(uid)) {
      PodFacts facts = read_pod(identity_, pod, revision);
      if (facts.ordinal >= 0) pods[facts.ordinal] = std::move(facts);
    }
  }
  const auto ordinal_of = [this](const json& object) {
    return identity_.ordinal(object.value(json::json_pointer("/metadata/name"), ""));
  };
  for (const json& lease : ports_.caches.of(kube::kLeases).owned_by(identity_.uid)) {
    const int ordinal = ordinal_of(lease);
    if (ordinal < 0) continue;
    pods[ordinal].ordinal = ordinal;
    leases[ordinal] = lease;
  }
  for (const json& config_map : ports_.caches.of(kube::kConfigMaps).owned_by(identity_.uid)) {
    const int ordinal = ordinal_of(config_map);
    if (ordinal >= 0) pods[ordinal].ordinal = ordinal;
  }
  for (int ordinal = 0; ordinal < replicas(); ++ordinal) pods[ordinal].ordinal = ordinal;
  for (auto& [ordinal, pod] : pods) {
    if (const auto lease = leases.find(ordinal); lease != leases.end()) {
      pod.alive = is_alive(pod, lease->second);
      // A report of an earlier pod of that name says nothing about this one.
      if (held_by(lease->second, pod.uid)) pod.report = report_of(lease->second);
    }
    pod.assignment = assignment_for(ordinal);
    if (!pod.assignment && pod.report) {
      // Somebody deleted the ConfigMap, and this process did not write it: the pod knows.
      pod.assignment = api::Assignment{pod.report->epoch, {}};
      for (const int shard : pod.report->held)
        pod.assignment->shards.push_back({shard, api::ShardDuty::kOwn});
    }
    pods_.push_back(std::move(pod));
  }
}

bool Round::is_alive(const PodFacts& pod, const json& lease) {
  if (!pod.exists() || !held_by(lease, pod.uid)) return false;
  const std::string key = kube::object_key(lease);
  const auto silent = [this, &key](const json& seen, Duration allowed) {
    ports_.leases.observe(key, seen, now_);
    const auto renewed = ports_.leases.renewed_at(key);
    return !renewed || now_ - *renewed >= allowed;
  };
  const Duration allowed = lease_duration(lease);
  if (silent(lease, allowed)) {
    // The cache may be behind, and pods cannot renew while the API server is away: ask before a verdict.
    auto newest =
        ports_.client.get(kube::kLeases, identity_.name_space, identity_.pod(pod.ordinal), ports_.stop);
    if (!newest) {
      if (newest.error().is(kube::ApiError::kNotFound)) return false;
      ports_.leases.outage(now_);
      failed(newest.error());
      return true;
    }
    if (now_ - ports_.leases.heard_since() < allowed) {
      check_in(allowed);
      return true;
    }
    if (silent(*newest, allowed)) {
      check_in(std::chrono::seconds(5));
      return false;
    }
  }
  check_in(
      std::max<Duration>(*ports_.leases.renewed_at(key) + allowed - now_, std::chrono::milliseconds(100)));
  return true;
}

std::optional<api::Assignment> Round::assignment_for(int ordinal) const {
  const auto cached = ports_.caches.of(kube::kConfigMaps)
                          .find(kube::object_key(identity_.name_space, identity_.pod(ordinal)));
  const auto written = memory_.written.find(ordinal);
  if (!cached) return written == memory_.written.end() ? std::nullopt : std::optional(written->second);
  auto read = assignment_of(*cached);
  // Who edits an assignment by hand does not know the digest: what was written here last still counts.
  const bool ours =
      read && !drifted(with_applied_digest(assignment_config_map(identity_, ordinal, *read)), *cached);
  if (!ours && written != memory_.written.end()) return written->second;
  return read;
}

int Round::workload_replicas() const {
  const int wanted = replicas();
  if (wanted == 0) return wanted;
  // A StatefulSet that is not in the cache may be there all the same, with more pods.
  const int now = workload_ ? workload_->value(json::json_pointer("/spec/replicas"), wanted) : kMostPods;
  int keep = wanted;
  for (const PodFacts& pod : pods_) {
    if (pod.ordinal >= wanted && pod.ordinal < now && !step_.vacated.contains(pod.ordinal)) {
      keep = std::max(keep, pod.ordinal + 1);
    }
  }
  return keep;
}

}  // namespace mkb::reconcile
