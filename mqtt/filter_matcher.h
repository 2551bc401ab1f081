#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mkb::mqtt {

/// Finds which of many topic filters a topic belongs to. Built once, immutable after, safe to use from many
/// threads as long as each has its own Matches. Time grows with the levels of the topic and with the
/// filters' branches that it follows, not with their number.
class FilterMatcher {
 public:
  /// A filter and the caller's number for it. Several entries may share a filter, a value, or both.
  struct Entry {
    std::string_view filter;  ///< `$share/name/filter` counts as `filter`
    std::uint32_t value = 0;
  };

  /// Results and working memory of match(); reuse one object so that it stops allocating.
  class Matches {
   public:
    /// Distinct values in ascending order.
    [[nodiscard]] std::span<const std::uint32_t> values() const { return values_; }
    [[nodiscard]] bool empty() const { return values_.empty(); }

   private:
    friend class FilterMatcher;
    std::vector<std::uint32_t> values_;
    std::vector<std::uint32_t> active_;
    std::vector<std::uint32_t> next_;
  };

  /// A matcher without filters: nothing matches.
  FilterMatcher() = default;
  /// Fails on the first invalid filter (TopicError::kInvalidFilter).
  static Result<FilterMatcher> build(std::span<const Entry> entries);

  /// Replaces the contents of `out` with the values of all filters that `topic` (a valid name) belongs to.
  void match(std::string_view topic, Matches& out) const;
  [[nodiscard]] bool empty() const { return nodes_.empty(); }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  /// Values in values_[begin, end).
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  /// One filter prefix.
  struct Node {
    Range exact;                 ///< filters that end here
    Range multi;                 ///< filters that go on with `#` only
    std::uint32_t plus = kNone;  ///< the node of this prefix and `+`
    std::uint32_t literals = 0;  ///< how many named levels follow
  };
  /// Slot of an open-addressing table from (parent, level name) to child.
  struct Edge {
    std::uint64_t hash = 0;  ///< of parent and name; tells parents of equal names apart
    std::uint32_t child = kNone;
    std::uint32_t text = 0;  ///< offset in texts_
    std::uint32_t size = 0;
  };
  class Builder;

  [[nodiscard]] std::uint32_t find_literal(std::uint32_t parent, std::string_view level,
                                           std::uint64_t level_hash) const;
  void emit(Range range, Matches& out) const;

  std::vector<Node> nodes_;  ///< root first
  std::vector<Edge> edges_;  ///< a power of two of slots, at most half full
  std::vector<std::uint32_t> values_;
  std::string texts_;
};

}  // namespace mkb::mqtt
