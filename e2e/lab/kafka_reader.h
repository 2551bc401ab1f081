#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mkb::lab {

struct KafkaRecord {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
  bool tombstone = false;  ///< no value at all, which is not an empty one
  std::int64_t timestamp_ms = 0;

  /// The last header of that name, which is the one that counts for Java's lastHeader().
  [[nodiscard]] std::optional<std::string> header(const std::string& name) const;
};

/// Every record of `topic` up to its end at the time of the call, partition by partition in the order of the
/// offsets; not what transactions aborted. A topic that does not exist has none. Throws LabError when Kafka
/// does not answer for 30 s.
std::vector<KafkaRecord> read_topic(const std::string& bootstrap, const std::string& topic);

/// The same once the topic holds at least `count` records; throws LabError when it does not within 60 s.
std::vector<KafkaRecord> read_topic(const std::string& bootstrap, const std::string& topic,
                                    std::int64_t count);

}  // namespace mkb::lab
