#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "e2e/lab/kafka_handle.h"

namespace mkb::lab {

/// What a test does to a Kafka cluster besides producing and consuming. Throws LabError on refusal.
class KafkaAdmin {
 public:
  explicit KafkaAdmin(const std::string& bootstrap);

  /// True when a broker answers a metadata request.
  [[nodiscard]] bool answers(std::chrono::milliseconds timeout);
  /// Creates a topic and waits until each of its partitions has a leader.
  void create_topic(const std::string& topic, int partitions,
                    const std::map<std::string, std::string>& config = {});
  /// Lets `user` write to, describe and see `topic` (with an authorizer).
  void allow_write(const std::string& user, const std::string& topic);
  /// Number of partitions that have a leader; 0 when there is no such topic.
  [[nodiscard]] int partitions(const std::string& topic);
  /// The end offset of each partition: how many records were ever written there.
  [[nodiscard]] std::vector<std::int64_t> end_offsets(const std::string& topic);
  /// Their sum; 0 when the topic does not exist.
  [[nodiscard]] std::int64_t records(const std::string& topic);
  /// What the consumer group has committed for each partition of the topic; -1 where nothing.
  [[nodiscard]] std::vector<std::int64_t> committed(const std::string& group, const std::string& topic);
  /// True when the group has committed everything that the topic holds.
  [[nodiscard]] bool all_committed(const std::string& group, const std::string& topic);

 private:
  std::string bootstrap_;
  KafkaHandle handle_;
};

}  // namespace mkb::lab
