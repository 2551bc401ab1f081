#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "e2e/cluster/suite.h"
#include "e2e/lab/fleet.h"

namespace mkb::e2e {

/// A bridge of its own in the cluster, under load from a fleet of its own, to which a test does something.
class Drill {
 public:
  static constexpr int kVehicles = 8;  ///< each with a topic, a filter and a shard
  static constexpr int kReceiveMaximum = 200;
  static constexpr double kRate = 2'200;  ///< messages per second
  /// Takes of the sessions of a pod that dies: what was in flight can come again.
  static constexpr std::uint64_t kInFlight = std::uint64_t{kReceiveMaximum} * kVehicles;

  /// `name` is that of the bridge, its Kafka topic and the root of its MQTT topics.
  Drill(Suite& suite, std::string name);
  /// Removes the bridge; waits only a while for that.
  ~Drill();
  Drill(const Drill&) = delete;
  Drill& operator=(const Drill&) = delete;

  /// The resource, to be changed and applied.
  nlohmann::json& resource() { return resource_; }
  void apply() { suite_.cluster().apply(resource_); }
  /// Applies the resource with so many pods, waits until it is ready, and starts the fleet.
  void start(int replicas);

  void scale(int replicas);
  /// Waits for Ready, nothing under way, this many pods, and the spec observed.
  void wait_ready(int pods, std::chrono::seconds timeout = std::chrono::seconds(90)) const;
  /// Waits until so many more records are in Kafka.
  void flows(std::int64_t records = 2'000) const;
  [[nodiscard]] std::string pod(int ordinal) const { return "mkb-" + name_ + "-" + std::to_string(ordinal); }
  [[nodiscard]] nlohmann::json get_pod(int ordinal) const;
  [[nodiscard]] std::set<std::string> pod_uids() const;
  /// How often the kubelet has started its container again; -1 when there is no such pod.
  [[nodiscard]] int restarts(int ordinal) const;
  [[nodiscard]] nlohmann::json status() const;

  [[nodiscard]] std::uint64_t sent() const { return fleet_->sent(); }
  /// No new messages; waits until all that were sent are acknowledged to the fleet.
  void stop_fleet();
  /// Waits until everything that was sent is in Kafka, enters a line in the suite's table and expects that
  /// nothing was lost and the limits hold.
  void settle(const std::string& what, const DrillLimits& limits);
  /// Deletes the resource and waits until it is gone.
  void remove();

 private:
  Suite& suite_;
  std::string name_;
  nlohmann::json resource_;
  std::unique_ptr<lab::Fleet> fleet_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::duration<double> published_for_{0};
  bool removed_ = false;
};

/// What moves sessions on purpose costs no duplicates and this much silence; a hand-off that ran into its
/// deadline, or a pod that was taken for dead, would cost more than the second number.
inline constexpr SilenceLimit kPlanned{std::chrono::milliseconds(300), std::chrono::milliseconds(2'000)};
/// What kills.
inline constexpr SilenceLimit kUnplanned{std::chrono::milliseconds(15'000),
                                         std::chrono::milliseconds(15'000)};

}  // namespace mkb::e2e
