#include "dataplane/egress/offset_tracker.h"

#include <algorithm>

namespace mkb::dataplane {

void OffsetTracker::add(std::int64_t offset) {
  records_.push_back({offset, false});
}

void OffsetTracker::done(std::int64_t offset) {
  const auto found = std::lower_bound(records_.begin(), records_.end(), offset,
                                      [](const Entry& entry, std::int64_t at) { return entry.offset < at; });
  if (found == records_.end() || found->offset != offset) {
    return;
  }
  found->done = true;
  while (done_in_a_row_ < records_.size() && records_[done_in_a_row_].done) {
    ++done_in_a_row_;
  }
}

std::optional<std::int64_t> OffsetTracker::committable() const {
  if (done_in_a_row_ == 0) {
    return std::nullopt;
  }
  return records_[done_in_a_row_ - 1].offset + 1;
}

void OffsetTracker::confirm(std::int64_t offset) {
  while (done_in_a_row_ > 0 && records_.front().offset < offset) {
    records_.pop_front();
    --done_in_a_row_;
  }
}

}  // namespace mkb::dataplane
