#pragma once

#include <cstddef>
#include <string_view>

namespace mkb::dataplane {

inline constexpr std::size_t kMaxKafkaTopicBytes = 249;

/// Whether Kafka would accept this topic name: 1 to 249 of the characters a-z A-Z 0-9 . _ -, but not "." or
/// ".." (org.apache.kafka.common.internals.Topic.validate).
bool is_kafka_topic_name(std::string_view name);

}  // namespace mkb::dataplane
