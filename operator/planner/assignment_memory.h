#pragma once

#include <cstdint>
#include <map>

#include "operator/planner/handoff_view.h"
#include "operator/planner/pod_table.h"

namespace mkb::planner {

/// What this operator wrote and has not seen yet. Watches are late: without this memory, a view from before
/// a write would have the write decided again, maybe differently. A write that failed stays here and is
/// written again until a view shows it.
class AssignmentMemory {
 public:
  /// The view with unseen writes in place; forgets those that the view shows and those of pods that are gone.
  PodTable apply(const View& view);

  void remember(int ordinal, const api::Assignment& written);

  /// Greater than every epoch that was ever in a view or remembered.
  [[nodiscard]] std::uint64_t next_epoch() const { return highest_ + 1; }

 private:
  void saw(std::uint64_t epoch);

  std::map<int, api::Assignment> unseen_;
  std::uint64_t highest_ = 0;
};

}  // namespace mkb::planner
