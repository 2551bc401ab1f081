#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace mkb::dataplane {

/// Which offset of one partition may be committed: that of the lowest record which is not done, whatever
/// order records are done in. Pure.
///
/// Remembers every record from the committed offset on, so size() bounds what comes again after a crash.
class OffsetTracker {
 public:
  /// A record was read. Offsets grow but may have gaps (aborted transactions, compaction).
  void add(std::int64_t offset);
  /// The record with that offset, added before, is done.
  void done(std::int64_t offset);
  /// Where reading would go on if everything done in a row were committed: the offset after it. Nothing
  /// unless that is more than was confirmed.
  [[nodiscard]] std::optional<std::int64_t> committable() const;
  /// Kafka has committed `offset`.
  void confirm(std::int64_t offset);

  /// Records that Kafka would deliver again now.
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  /// Of size(): done in a row from the start.
  [[nodiscard]] std::size_t done_in_a_row() const { return done_in_a_row_; }

 private:
  struct Entry {
    std::int64_t offset;
    bool done;
  };

  std::deque<Entry> records_;  // by offset
  std::size_t done_in_a_row_ = 0;
};

}  // namespace mkb::dataplane
