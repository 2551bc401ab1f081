#pragma once

#include <cstddef>
#include <string_view>

namespace mkb::api {

/// A DNS-1123 label: 1 to 63 of a-z, 0-9 and -, with no - at either end.
bool is_dns_label(std::string_view text);
/// A DNS-1123 subdomain: labels joined by dots, at most 253 characters; the form of most Kubernetes names.
bool is_dns_subdomain(std::string_view text);
/// A character that Kafka allows in topic names: a-z A-Z 0-9 . _ -
bool is_kafka_topic_character(char c);
/// The longest name of a Kafka topic.
inline constexpr std::size_t kMaxKafkaTopicName = 249;
/// A topic name that Kafka accepts (org.apache.kafka.common.internals.Topic.validate).
bool is_kafka_topic(std::string_view text);

}  // namespace mkb::api
