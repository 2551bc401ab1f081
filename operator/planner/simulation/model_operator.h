#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "operator/planner/handoff.h"
#include "operator/planner/joining_pods.h"
#include "operator/planner/simulation/model_cluster.h"
#include "operator/planner/simulation/timeline.h"
#include "operator/planner/simulation/weather.h"

namespace mkb::planner::simulation {

/// What the user wants of the bridge.
struct Wish {
  int replicas = 3;
  std::map<int, double> shards;
  std::optional<int> restarting;  ///< pod that is to be replaced
  bool ending = false;
};

/// The operator around Handoff: late watches, calls that take time and fail, and restarts.
class ModelOperator {
 public:
  static constexpr Duration kLeaseDuration = std::chrono::seconds(10);
  static constexpr Duration kTick = std::chrono::seconds(1);

  ModelOperator(Timeline& timeline, ModelCluster& cluster, const Weather& weather, const Wish& wish)
      : timeline_(timeline), cluster_(cluster), weather_(weather), wish_(wish) {}

  /// Told of every step before its writes are sent.
  std::function<void(const View&, const Step&)> on_step;

  void start();
  /// What is on its way to the API server is lost.
  void stop();
  /// Something was changed at the API server: the operator hears of it later.
  void watch(const Change& change);
  void reconcile_soon();

  [[nodiscard]] bool running() const { return running_; }

 private:
  struct Seen {
    int renewals = 0;
    TimePoint at;
  };

  /// Runs later unless the operator has been stopped.
  void later(Duration delay, std::function<void()> run);
  void receive(const Change& change);
  void tick();
  void reconcile();
  [[nodiscard]] View view() const;
  void write(std::vector<std::function<void()>> calls, std::size_t next);

  Timeline& timeline_;
  ModelCluster& cluster_;
  const Weather& weather_;
  const Wish& wish_;
  bool running_ = false;
  bool queued_ = false;
  bool writing_ = false;
  int process_ = 0;
  std::int64_t listed_ = 0;
  Objects seen_;
  std::map<int, Seen> leases_;
  std::map<Change::Kind, TimePoint> delivered_;  ///< when the last event of a kind arrives
  std::optional<Handoff> handoff_;
  JoiningPods joining_;
};

}  // namespace mkb::planner::simulation
