#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mkb::reconcile {

/// When each pod's Lease last changed as this process saw it, on the monotonic clock: the timestamps in a
/// Lease come from another machine's clock and decide nothing. Thread-safe.
class LeaseBook {
 public:
  /// Called for each version of a Lease that is seen, by watch or by get.
  void observe(std::string_view key, const nlohmann::json& lease, TimePoint now);
  void forget(std::string_view key);

  /// Since when the Lease has been silent; nullopt when nobody ever renewed it.
  [[nodiscard]] std::optional<TimePoint> renewed_at(std::string_view key) const;

  /// The API server could not be asked: until it has been heard again, silence of pods means nothing.
  void outage(TimePoint now);
  /// The end of the last outage known; pods have had no chance to renew before it.
  [[nodiscard]] TimePoint heard_since() const;

 private:
  struct Entry {
    std::string renewal;
    TimePoint at;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  TimePoint heard_since_{};
};

}  // namespace mkb::reconcile
