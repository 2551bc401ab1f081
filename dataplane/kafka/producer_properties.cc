#include "dataplane/kafka/producer_properties.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "dataplane/kafka/connection_properties.h"

namespace mkb::dataplane {
namespace {

std::uint64_t number(const KafkaProperties& properties, const char* name, std::uint64_t otherwise) {
  const auto found = properties.find(name);
  if (found == properties.end()) {
    return otherwise;
  }
  std::uint64_t value = 0;
  const std::string& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() ? value : 0;  // librdkafka says what is wrong with it
}

/// A record that is larger than the whole queue would wait for room for ever: the one bounds the other.
Result<void> bound_message_size(KafkaProperties& properties) {
  constexpr std::uint64_t kLargestMessage = 1'000'000'000;
  const std::uint64_t queue = number(properties, "queue.buffering.max.kbytes", 0) * 1024;
  if (properties.count("message.max.bytes") == 0) {
    properties["message.max.bytes"] = std::to_string(std::min(kLargestMessage, queue / 2));
  } else if (number(properties, "message.max.bytes", 0) > queue && queue != 0) {
    return Error(
        KafkaConfigError::kProperty,
        "spec.kafka.properties: message.max.bytes is larger than the queue that such a record has to fit "
        "into; raise queue.buffering.max.kbytes or lower it");
  }
  return {};
}

}  // namespace

Result<KafkaProperties> producer_properties(const api::KafkaSpec& spec, const api::SecretStore& secrets) {
  KafkaProperties properties = {
      {"client.id", "mkb"},
      {"compression.type", "lz4"},
      {"linger.ms", "5"},
      {"queue.buffering.max.kbytes", "65536"},
      // A missing topic is reported after this long, and asked for again by us.
      {"topic.metadata.propagation.max.ms", "5000"},
      {"reconnect.backoff.max.ms", "2000"},
      {"socket.keepalive.enable", "true"},
  };
  for (const auto& [name, value] : spec.properties) {
    properties[name] = value;
  }
  if (auto bounded = bound_message_size(properties); !bounded) {
    return bounded.error();
  }
  if (auto added = add_connection(properties, spec, secrets); !added) {
    return added.error();
  }
  // The guarantee: acknowledged by all in-sync replicas, in order, tried for as long as it takes.
  properties["enable.idempotence"] = "true";
  properties["acks"] = "all";
  properties["message.timeout.ms"] = "0";
  return properties;
}

QueueLimits queue_limits(const KafkaProperties& properties) {
  constexpr std::uint64_t kMessages = 100'000;  // librdkafka's defaults
  constexpr std::uint64_t kKilobytes = 1'048'576;
  QueueLimits limits;
  limits.messages = number(properties, "queue.buffering.max.messages", kMessages);
  if (limits.messages == 0) limits.messages = std::numeric_limits<std::size_t>::max();
  limits.bytes = number(properties, "queue.buffering.max.kbytes", kKilobytes) * 1024;
  return limits;
}

KafkaProperties isolated(KafkaProperties properties) {
  properties["batch.num.messages"] = "1";
  properties["linger.ms"] = "0";
  return properties;
}

}  // namespace mkb::dataplane
