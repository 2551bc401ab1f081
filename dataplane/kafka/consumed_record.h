#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mkb::dataplane {

/// A Kafka topic's partition.
struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;

  bool operator==(const TopicPartition&) const = default;
  bool operator<(const TopicPartition& other) const {
    return topic != other.topic ? topic < other.topic : partition < other.partition;
  }
};

/// A record as it came from Kafka: views into memory that `owner` keeps.
struct ConsumedRecord {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;  ///< since 1970; 0 or less: the record has none
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  ///< nothing: a tombstone
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::shared_ptr<void> owner;

  /// The last header of that name, which is the one that counts for Java's lastHeader().
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// What holding it costs, about.
  [[nodiscard]] std::size_t bytes() const;
};

}  // namespace mkb::dataplane
