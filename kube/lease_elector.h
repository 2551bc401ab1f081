#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"

namespace mkb::kube {

/// lease_duration > renew_deadline > retry_period; client-go's defaults.
struct LeaseOptions {
  std::string name_space;
  std::string name;
  /// Of this process and no other, not even of the one before it under the same pod name.
  std::string identity;
  Duration lease_duration = std::chrono::seconds(15);  ///< whole seconds; others may lead after it
  Duration renew_deadline = std::chrono::seconds(10);  ///< we stop leading after it
  Duration retry_period = std::chrono::seconds(2);     ///< between two tries
};

/// Who leads, as client-go's leaderelection: pure, fed with what the API server said. Time is monotonic and
/// ours alone: a foreign lease counts as expired when its spec has not changed for the lease's own duration
/// (ours, when it names none) as we saw it, whatever its timestamps say. Unlike client-go, our own leadership
/// counts from when the write was asked for, not from when its answer came, so that a slow answer cannot make
/// two leaders; and a held lease that somebody deletes is waited for as if it were still there.
class LeaseElector {
 public:
  explicit LeaseElector(LeaseOptions options) : options_(std::move(options)) {}

  /// What the driver must do with the lease it has just read (nullopt: there is none). `write` is a Lease to
  /// create, or to update under the resourceVersion in it; then the driver reports how that went. `now` is
  /// when the write is sent.
  struct Step {
    std::optional<nlohmann::json> write;
    bool create = false;
  };
  Step on_read(const std::optional<nlohmann::json>& lease, TimePoint now, std::int64_t unix_ms);
  /// The answer to that write: the Lease as the server has it now.
  void on_written(const nlohmann::json& lease, TimePoint now);
  /// A failed read or write, conflicts among them. A write that failed may still have come to pass: the next
  /// read tells.
  void on_failure(TimePoint now);

  /// True while nobody else can believe to lead: from a successful write until renew_deadline after it was
  /// asked for.
  [[nodiscard]] bool leading(TimePoint now) const;
  /// When leading() ends unless the lease is renewed; nullopt when we do not lead.
  [[nodiscard]] std::optional<TimePoint> leading_until() const;
  /// The Lease that gives leadership up so that another takes it at once, to be written after whatever only
  /// the leader does has ended; nullopt when the lease is not ours.
  [[nodiscard]] std::optional<nlohmann::json> release(std::int64_t unix_ms) const;
  /// Who holds the lease as last seen; empty: nobody.
  [[nodiscard]] const std::string& holder() const { return holder_; }
  [[nodiscard]] const LeaseOptions& options() const { return options_; }

 private:
  LeaseOptions options_;
  std::string holder_;
  void note(const nlohmann::json& lease, TimePoint now);
  [[nodiscard]] bool free_to_take(TimePoint now) const;
  [[nodiscard]] nlohmann::json renewed(nlohmann::json lease, bool takeover, std::int64_t unix_ms);

  std::optional<nlohmann::json> seen_;
  TimePoint seen_at_{};  // when seen_'s spec was first seen
  std::optional<TimePoint> asked_at_;
  std::optional<TimePoint> renewed_at_;
  std::int64_t last_ms_ = 0;
};

}  // namespace mkb::kube
