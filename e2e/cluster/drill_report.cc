#include "e2e/cluster/drill_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace mkb::e2e {

bool DrillReport::kept_everything() const {
  return totals.sent > 0 && totals.lost == 0 && totals.invented == 0 && totals.out_of_order == 0 &&
         totals.duplicated <= limits.duplicated;
}

std::string to_table(const std::vector<DrillReport>& reports) {
  std::size_t width = 4;
  for (const auto& report : reports) width = std::max(width, report.name.size());
  std::string table =
      fmt::format("  {:<{}} {:>7} {:>8} {:>5} {:>6} {:>6} {:>6} {:>9} {:>6}\n", "what happened", width,
                  "msg/s", "sent", "lost", "twice", "bound", "order", "silence", "goal");
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  for (const auto& report : reports) {
    sent += report.totals.sent;
    lost += report.totals.lost;
    table += fmt::format("  {:<{}} {:>7.0f} {:>8} {:>5} {:>6} {:>6} {:>6} {:>6} ms {:>6}{}{}\n", report.name,
                         width, report.messages_per_second, report.totals.sent, report.totals.lost,
                         report.totals.duplicated, report.limits.duplicated,
                         report.totals.out_of_order == 0 ? "kept" : "LOST", report.silence.count(),
                         report.limits.silence.goal.count(), report.kept_everything() ? "" : "  NOT KEPT",
                         report.was_quick()          ? ""
                         : report.was_quick_enough() ? "  over the goal"
                                                     : "  SLOW");
  }
  return table + fmt::format("  {} messages acknowledged to their publishers, {} lost.\n", sent, lost);
}

}  // namespace mkb::e2e
