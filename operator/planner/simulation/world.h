#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "operator/planner/simulation/model_broker.h"
#include "operator/planner/simulation/model_cluster.h"
#include "operator/planner/simulation/model_operator.h"
#include "operator/planner/simulation/model_pod.h"
#include "operator/planner/simulation/timeline.h"
#include "operator/planner/simulation/weather.h"

namespace mkb::planner::simulation {

/// A bridge with its pods, API server, operator and broker, and the judge of what they do. Bring trouble with
/// the verbs; failures() then says what must not have happened.
class World {
 public:
  World(std::uint32_t seed, int replicas, int shards);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Timeline& timeline() { return timeline_; }
  Weather& weather() { return weather_; }
  Wish& wish() { return wish_; }
  void pass(Duration duration) { timeline_.run_until(timeline_.now() + duration); }

  // Trouble. An ordinal that there is no such pod of is ignored.
  void scale(int replicas);
  void restart_pod(int ordinal);  ///< rolling restart: vacated first
  void crash_pod(int ordinal, Duration back_after);
  void pause_pod(int ordinal, Duration duration);
  void unready_pod(int ordinal, Duration duration);
  void restart_operator(Duration back_after);
  void toggle_shard(int shard);
  void end();

  /// All pods and the operator run, nothing is lost, nothing is late.
  void calm();
  /// Checks that nothing is left to be done: even, owned, quiet since `since`.
  void check_settled(TimePoint since);
  /// Checks that every session is gone.
  void check_ended();

  /// The longest time that a shard of the wish had no pod that could acknowledge, since the last call.
  Duration take_longest_gap();
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }
  [[nodiscard]] int hand_overs() const { return hand_overs_; }

 private:
  void fail(const std::string& what);
  ModelPod* pod(int ordinal);
  void create_pod(int ordinal);
  void remove_pod(int ordinal);
  void follow_wish();
  void on_change(const Change& change);
  void on_step(const View& view, const Step& step);
  void check_new_owner(int shard, int owner);
  void on_fenced(int shard, ModelBroker::Connection closed, int by);
  void on_ended(int shard, int ordinal);
  [[nodiscard]] bool had_its_time(int ordinal, int shard) const;
  [[nodiscard]] bool left_over(int shard) const;
  void look_at(int shard);
  [[nodiscard]] bool served(int shard);

  Timeline timeline_;
  Weather weather_;
  Wish wish_;
  ModelCluster cluster_;
  ModelBroker broker_;
  std::map<int, std::unique_ptr<ModelPod>> pods_;
  std::unique_ptr<ModelOperator> operator_;
  struct Ownership {
    TimePoint since;
    TimePoint until;  ///< the greatest: the API server still says so
  };
  std::map<std::pair<int, int>, Ownership> owned_;  ///< ordinal, shard -> when it was last told to own it
  std::map<int, TimePoint> dead_at_;                ///< when the operator last took a pod for dead
  std::map<int, TimePoint> unserved_since_;
  std::set<int> revivable_;  ///< shards whose session was ended while a pod that had its time had it
  std::set<int> going_;      ///< pods that are being removed or replaced
  Duration longest_gap_{0};
  TimePoint last_write_;
  int hand_overs_ = 0;
  bool all_ended_ = false;
  std::vector<std::string> failures_;
};

}  // namespace mkb::planner::simulation
