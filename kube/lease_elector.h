#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/clock.h"

namespace mkb::kube {

struct LeaseOptions {
  std::string name_space;
  std::string name;
  std::string identity;
  Duration lease_duration = std::chrono::seconds(15);
  Duration renew_deadline = std::chrono::seconds(10);
  Duration retry_period = std::chrono::seconds(2);
};

/// Who leads, as client-go's leaderelection: pure, fed with what the API server said. Time is monotonic and
/// ours alone: a foreign lease counts as expired when it has not changed for lease_duration as we saw it,
/// whatever its timestamps say.
class LeaseElector {
 public:
  explicit LeaseElector(LeaseOptions options) : options_(std::move(options)) {}

  /// What the driver must do with the lease it has just read (nullopt: there is none). `write` is a Lease to
  /// create, or to update under the resourceVersion in it; then the driver reports how that went.
  struct Step {
    std::optional<nlohmann::json> write;
    bool create = false;
  };
  Step on_read(const std::optional<nlohmann::json>& lease, TimePoint now, std::int64_t unix_ms);
  void on_written(const nlohmann::json& lease, TimePoint now);
  /// A failed read or write, conflicts among them.
  void on_failure(TimePoint now);

  /// True while nobody else can believe to lead: from a successful write until renew_deadline after it.
  [[nodiscard]] bool leading(TimePoint now) const;
  /// The Lease that gives leadership up so that another takes it at once; nullopt when we do not lead.
  [[nodiscard]] std::optional<nlohmann::json> release(std::int64_t unix_ms) const;
  /// Who holds the lease as last seen; empty: nobody.
  [[nodiscard]] const std::string& holder() const { return holder_; }
  [[nodiscard]] const LeaseOptions& options() const { return options_; }

 private:
  LeaseOptions options_;
  std::string holder_;
  std::optional<nlohmann::json> seen_;
  TimePoint seen_at_{};
  std::optional<TimePoint> renewed_at_;
};

}  // namespace mkb::kube
