#include "operator/planner/assignment_memory.h"

#include <algorithm>
#include <utility>

namespace mkb::planner {

void AssignmentMemory::saw(std::uint64_t epoch) {
  highest_ = std::max(highest_, epoch);
}

PodTable AssignmentMemory::apply(const View& view) {
  PodTable table;
  std::map<int, api::Assignment> still_unseen;
  for (const PodState& pod : view.pods) {
    if (pod.report) saw(pod.report->epoch);
    if (pod.assignment) saw(pod.assignment->epoch);
    PodRecord& record = table[pod.ordinal];
    record.state = pod;
    const auto unseen = unseen_.find(pod.ordinal);
    if (unseen != unseen_.end() && (!pod.assignment || pod.assignment->epoch < unseen->second.epoch)) {
      record.assignment = unseen->second;
      still_unseen.insert(*unseen);
    } else if (pod.assignment) {
      record.assignment = *pod.assignment;
      record.seen = true;
    }
  }
  unseen_ = std::move(still_unseen);
  return table;
}

void AssignmentMemory::remember(int ordinal, const api::Assignment& written) {
  saw(written.epoch);
  unseen_[ordinal] = written;
}

}  // namespace mkb::planner
