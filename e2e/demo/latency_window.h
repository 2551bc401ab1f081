#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace mkb::demo {

/// Latency since the last look, from the histogram that a route of /status.json counts since its start.
class LatencyWindow {
 public:
  struct Quantiles {
    double p50_ms = 0;  ///< 0 when nothing was delivered meanwhile
    double p99_ms = 0;
  };
  /// `latency` is a route's: {buckets: [{le_ms, count}, ...]}, not cumulative, the last le_ms null.
  Quantiles advance(const nlohmann::json& latency);

 private:
  std::vector<std::uint64_t> before_;
};

}  // namespace mkb::demo
