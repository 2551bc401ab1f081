// EgressFlow's commits: together as long as that works, else those that may be to blame one by one, because
// librdkafka gives the error of one partition to all of the request.
#include <algorithm>
#include <utility>

#include "dataplane/egress/egress_flow.h"

namespace mkb::dataplane {

void EgressFlow::commit_if_due() {
  std::size_t done = 0;
  for (const auto& [id, partition] : partitions_) {
    done += partition.tracker.done_in_a_row();
  }
  const bool due = clock_.now() - last_commit_ >= options_.commit_interval;
  const bool many = done >= std::max<std::size_t>(1, limit_ / 2) && !last_commit_failed_;
  if (done > 0 && !committing_ && (due || many || (draining_ && !last_commit_failed_))) {
    commit_all();
  }
  if (revoke_) {
    check_revoked();
  }
  update_reading();
}

void EgressFlow::commit_all() {
  Offsets together;
  Offsets alone;
  for (const auto& [id, partition] : partitions_) {
    if (const auto offset = partition.tracker.committable()) {
      (partition.commit_alone ? alone : together).emplace_back(id, *offset);
    }
  }
  commit_together_ = !commit_together_;
  if (!alone.empty() && (together.empty() || !commit_together_)) {
    // In turn: the first one behind the last.
    const auto next = std::find_if(alone.begin(), alone.end(),
                                   [this](const auto& each) { return committed_alone_ < each.first; });
    const auto chosen = next == alone.end() ? alone.front() : *next;
    committed_alone_ = chosen.first;
    together.assign(1, chosen);
  }
  commit(together);
}

void EgressFlow::commit(const Offsets& offsets) {
  if (offsets.empty()) {
    return;
  }
  committing_ = true;
  committing_what_ = offsets;
  last_commit_ = clock_.now();
  source_.commit(offsets);
}

void EgressFlow::on_committed(const Offsets& offsets, const std::string& error) {
  committing_ = false;
  last_commit_failed_ = !error.empty();
  const Offsets asked = std::exchange(committing_what_, {});
  if (!error.empty()) {
    note_error("committing offsets: " + error);
    for (const auto& [id, offset] : asked) {
      if (const auto found = partitions_.find(id); found != partitions_.end()) {
        found->second.commit_alone = true;
        found->second.commit_failing = asked.size() == 1;
      }
    }
  } else {
    for (const auto& [id, offset] : offsets) {
      if (const auto found = partitions_.find(id); found != partitions_.end()) {
        found->second.tracker.confirm(offset);
        found->second.commit_alone = false;
        found->second.commit_failing = false;
      }
    }
  }
  if (revoke_) {
    check_revoked();
  }
  update_reading();
}

}  // namespace mkb::dataplane
