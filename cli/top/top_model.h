#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/top/rate_tracker.h"
#include "cli/top/readings.h"
#include "operator/reconcile/lease_book.h"

namespace mkb::cli {

/// A route as it is shown.
struct RouteLine {
  api::RouteTotals totals;
  bool from_kafka = false;
  std::optional<RouteRates> rates;
};

/// A pod as it is shown.
struct PodLine {
  std::string name;
  std::size_t shards = 0;  ///< sessions it holds
  std::uint64_t epoch = 0;
  std::int64_t age_ms = 0;  ///< of its report, by this machine's wall clock
  bool silent = false;      ///< it has not renewed its Lease in time
  std::optional<RouteRates> rates;
  std::string problem;
};

struct BridgeLines {
  BridgeReading bridge;
  std::vector<RouteLine> routes;
  std::vector<PodLine> pods;  ///< ascending by ordinal
};

/// What was read at one moment. Without Leases, because they may not be read, rates are those of the
/// statuses.
struct TopReading {
  std::vector<nlohmann::json> bridges;
  std::optional<std::vector<nlohmann::json>> leases;
};

/// From one reading after the other to what is shown. Pure: times are passed in.
class TopModel {
 public:
  std::vector<BridgeLines> update(const TopReading& reading, TimePoint now, std::int64_t unix_ms);

  /// Some pod that reports has no rates yet, because only one report of it has been seen.
  [[nodiscard]] bool incomplete() const { return incomplete_; }

 private:
  struct Pod {
    PodReading reading;
    std::string source;
    bool silent = false;
  };

  [[nodiscard]] Pod look_at(PodReading reading, const nlohmann::json& lease, TimePoint now,
                            std::int64_t unix_ms);
  [[nodiscard]] BridgeLines lines_by_pods(BridgeReading bridge, const std::vector<Pod>& pods,
                                          std::int64_t unix_ms) const;
  [[nodiscard]] BridgeLines lines_by_status(BridgeReading bridge);

  /// The totals of a status when they last changed. It is written for other reasons, too, with old totals.
  struct StatusSample {
    std::int64_t written_ms = 0;
    std::vector<api::RouteTotals> totals;
  };

  RateTracker rates_;
  std::map<std::string, StatusSample> status_samples_;
  reconcile::LeaseBook leases_;
  bool incomplete_ = false;
};

}  // namespace mkb::cli
