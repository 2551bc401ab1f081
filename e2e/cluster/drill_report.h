#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "e2e/lab/ledger.h"

namespace mkb::e2e {

/// How long a topic may be silent. Times depend on the machine, so only the second one fails a test: what
/// takes that long went another way than it should have.
struct SilenceLimit {
  std::chrono::milliseconds goal{0};
  std::chrono::milliseconds at_most{0};
};

/// What a drill may cost.
struct DrillLimits {
  std::uint64_t duplicated = 0;
  SilenceLimit silence;
};

/// One line of the table: what was done to the bridge, and what became of its messages.
struct DrillReport {
  std::string name;
  lab::Ledger::Totals totals;
  std::chrono::milliseconds silence{0};  ///< the longest of a topic
  double messages_per_second = 0;        ///< acknowledged to publishers while the drill went on
  DrillLimits limits;

  /// Nothing lost or invented, order kept, no more duplicates than the limit.
  [[nodiscard]] bool kept_everything() const;
  [[nodiscard]] bool was_quick() const { return silence < limits.silence.goal; }
  [[nodiscard]] bool was_quick_enough() const { return silence < limits.silence.at_most; }
};

/// For people: a heading, a line each, and what it all means at the end.
[[nodiscard]] std::string to_table(const std::vector<DrillReport>& reports);

}  // namespace mkb::e2e
