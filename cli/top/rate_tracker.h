#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/assignment.h"

namespace mkb::cli {

/// Messages a second of one route.
struct RouteRates {
  double received = 0;
  double delivered = 0;

  RouteRates& operator+=(const RouteRates& other) {
    received += other.received;
    delivered += other.delivered;
    return *this;
  }
};

/// From counters to rates: the difference of the last two reports of a source over the time between them, by
/// the source's own clock. One that starts anew (its counters or its clock went back) has no rates before its
/// second report. Pure.
class RateTracker {
 public:
  /// A report that is known already (the same time) changes nothing.
  void observe(const std::string& source, std::int64_t unix_ms, const std::vector<api::RouteTotals>& routes);

  /// None: fewer than two reports have that route.
  [[nodiscard]] std::optional<RouteRates> rates(const std::string& source, const std::string& route) const;
  /// Two reports of that source are known.
  [[nodiscard]] bool known(const std::string& source) const;

 private:
  struct Sample {
    std::int64_t unix_ms = 0;
    std::map<std::string, api::RouteTotals> routes;
  };
  struct Source {
    std::optional<Sample> before;
    Sample last;
  };

  std::map<std::string, Source> sources_;
};

}  // namespace mkb::cli
