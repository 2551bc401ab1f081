#pragma once

#include "operator/planner/simulation/timeline.h"

namespace mkb::planner::simulation {

/// How long messages take and how many are lost.
struct Weather {
  int lost_one_in = 0;        ///< of reports and of the operator's writes; 0: none
  int watch_late_ms = 50;     ///< at most, of watch events
  int slow_flush_one_in = 0;  ///< of releases that take longer than the deadline

  static constexpr int kCallMs = 30;     ///< at most, of a request to the API server
  static constexpr int kConnectMs = 60;  ///< at most, of CONNECT
  static constexpr int kFlushMs = 80;    ///< at most, of an ordinary release

  [[nodiscard]] bool loses(Timeline& timeline) const { return timeline.one_in(lost_one_in); }
  [[nodiscard]] Duration watch(Timeline& timeline) const { return timeline.millis(1, watch_late_ms); }
  [[nodiscard]] static Duration call(Timeline& timeline) { return timeline.millis(1, kCallMs); }
  [[nodiscard]] static Duration connect(Timeline& timeline) { return timeline.millis(1, kConnectMs); }
  [[nodiscard]] Duration flush(Timeline& timeline) const {
    return timeline.one_in(slow_flush_one_in) ? timeline.millis(1'500, 6'000) : timeline.millis(0, kFlushMs);
  }
};

}  // namespace mkb::planner::simulation
