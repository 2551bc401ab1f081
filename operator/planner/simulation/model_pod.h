#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "operator/planner/simulation/model_broker.h"
#include "operator/planner/simulation/model_cluster.h"
#include "operator/planner/simulation/timeline.h"
#include "operator/planner/simulation/weather.h"

namespace mkb::planner::simulation {

/// A pod of the StatefulSet: does what its assignment says, reports in its Lease, and can crash, stand still
/// (as after SIGSTOP) and come back.
class ModelPod {
 public:
  ModelPod(int ordinal, Timeline& timeline, ModelCluster& cluster, ModelBroker& broker,
           const Weather& weather)
      : ordinal_(ordinal), timeline_(timeline), cluster_(cluster), broker_(broker), weather_(weather) {}

  void start();
  /// The process is gone at once, and its connections with it.
  void crash();
  /// SIGTERM: lets go of everything, then goes.
  void stop();
  void pause() { paused_ = true; }
  void resume();

  void on_assignment(const api::Assignment& assignment);
  void on_fenced(int shard, int connection);

  [[nodiscard]] bool started() const { return started_; }
  /// It can acknowledge.
  [[nodiscard]] bool works() const { return started_ && !paused_; }
  /// It has the shard's session or will ask for it without being told again.
  [[nodiscard]] bool may_acknowledge(int shard) const { return held_.count(shard) != 0; }

 private:
  enum class Phase { kConnecting, kConnected, kFlushing, kEnding };
  struct Held {
    Phase phase = Phase::kConnecting;
    int connection = 0;
    int token = 0;  ///< what was begun with another one is off
  };

  /// Runs later, if this process still exists; not before it is resumed.
  void later(Duration delay, std::function<void()> run);
  /// The same, unless something else began with the shard.
  void later(Duration delay, int shard, std::function<void(Held&)> run);
  [[nodiscard]] std::optional<api::ShardDuty> duty(int shard) const;
  Held& begin(int shard, Phase phase);
  void obey();
  void let_go(int shard);
  void connect(int shard, Duration delay);
  void end(int shard);
  void report();
  void renew();

  const int ordinal_;
  Timeline& timeline_;
  ModelCluster& cluster_;
  ModelBroker& broker_;
  const Weather& weather_;
  bool started_ = false;
  bool paused_ = false;
  int process_ = 0;
  int last_token_ = 0;
  int reports_sent_ = 0;
  int reports_arrived_ = 0;
  api::Assignment assignment_;
  std::map<int, Held> held_;
  std::set<int> ended_;
  std::vector<std::function<void()>> waiting_;  ///< for resume()
};

}  // namespace mkb::planner::simulation
