#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "e2e/lab/kafka_reader.h"

namespace mkb::e2e {

/// The longest time in which Kafka got nothing of an MQTT topic although a message of it had been published.
struct Silence {
  std::chrono::milliseconds longest{0};
  std::string topic;       ///< the MQTT topic; empty when no topic has two records
  std::int64_t at_ms = 0;  ///< Unix time of its end
};

/// From a fleet's records with the time at which Kafka appended them (message.timestamp.type=LogAppendTime),
/// the header mqtt.topic, and the member `ts` of the payload, the time of publishing: what a publisher was
/// late with does not count, nor does the time before a topic's first record. Clocks must agree. Throws
/// LabError for a record that no fleet wrote.
[[nodiscard]] Silence longest_silence(const std::vector<lab::KafkaRecord>& records);

}  // namespace mkb::e2e
