#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "api/bridge_spec.h"
#include "operator/planner/handoff.h"
#include "operator/reconcile/children.h"
#include "operator/reconcile/pod_facts.h"
#include "operator/reconcile/reconciler.h"
#include "operator/reconcile/status.h"

namespace mkb::reconcile {

struct RoundPorts {
  kube::ApiClient& client;
  Caches& caches;
  LeaseBook& leases;
  Notes& notes;
  const Clock& clock;
  const ReconcilerOptions& options;
  std::stop_token stop;
};

/// One reconcile of one bridge: looks at the caches, decides by the pure parts of this directory and the
/// planner, writes what differs, and the status last. Lives for one call of run().
class Round {
 public:
  Round(RoundPorts ports, nlohmann::json bridge, BridgeMemory& memory);

  RoundOutcome run();

 private:
  // round.cc
  RoundOutcome outcome();
  void plan_shards();
  bool write_children();
  void restart_and_retire_pods();
  [[nodiscard]] bool new_pods_connect() const;
  [[nodiscard]] bool rest_can_wait();
  void write_status();
  void check_in(Duration delay);
  void note_once();
  [[nodiscard]] bool paused() const;
  [[nodiscard]] bool deleting() const;
  [[nodiscard]] int replicas() const;
  PodFacts* find_pod(int ordinal);

  // round_spec.cc: what is in force
  void accept_spec();
  std::optional<BridgeMemory::InForce> last_in_force();
  bool take_spec(const std::string& text, bool current);
  void read_secrets();

  // round_pods.cc: what the pods do
  void look_at_pods();
  [[nodiscard]] bool is_alive(const PodFacts& pod, const nlohmann::json& lease);
  [[nodiscard]] std::optional<api::Assignment> assignment_for(int ordinal) const;
  [[nodiscard]] int workload_replicas() const;

  // round_write.cc: single requests
  struct Write {
    const Child* child = nullptr;
    nlohmann::json object;                 ///< what is sent
    std::optional<nlohmann::json> actual;  ///< what is there
    std::string attempt;                   ///< digest of both, for BridgeMemory::futile
  };
  bool ensure(const Child& child);
  bool compare(const Child& child, bool only_as_seen, std::optional<Write>& needed);
  Result<nlohmann::json> send(const Write& write);
  bool take(const Write& write, const Result<nlohmann::json>& written);
  void remove(const kube::ResourceKind& kind, const std::string& name, const std::string& uid);
  bool write_assignments();
  bool write_assignments_of(std::span<const int> ordinals);
  bool change_finalizer(bool present);
  void failed(const Error& error);

  // round_end.cc: the bridge is being deleted
  RoundOutcome end();

  RoundPorts ports_;
  nlohmann::json bridge_;
  BridgeMemory& memory_;
  BridgeIdentity identity_;
  TimePoint now_;

  nlohmann::json in_force_;              ///< the bridge whose spec applies
  std::optional<api::BridgeSpec> spec_;  ///< of in_force_
  api::ShardRecord record_;
  bool current_ = false;  ///< in_force_ is bridge_
  std::optional<Stall> stall_;
  std::vector<SecretUse> secrets_;
  bool secrets_known_ = true;
  bool record_known_ = false;  ///< it is known which filters the assigned shards have

  std::optional<nlohmann::json> workload_;
  std::vector<PodFacts> pods_;  ///< ascending by ordinal; of every pod, ConfigMap or Lease there is
  std::optional<int> restart_;  ///< the pod that is being vacated to be made anew
  planner::Step step_;
  bool rest_can_wait_ = false;  ///< shards move: nothing but assignments is written
  int shards_total_ = 0;

  std::vector<std::string> failures_;
  std::optional<Duration> again_;
};

}  // namespace mkb::reconcile
