#include "dataplane/route/kafka_topic_name.h"

#include <algorithm>

namespace mkb::dataplane {

bool is_kafka_topic_name(std::string_view name) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kMaxKafkaTopicBytes && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), legal);
}

}  // namespace mkb::dataplane
