#include "api/size_limits.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace mkb::api {
namespace {

using Kind = YamlNode::Kind;

constexpr auto kLimits = std::to_array<SizeLimit>({
    {"spec.kafka.bootstrapServers", 64},
    {"spec.kafka.bootstrapServers[]", 300},
    {"spec.kafka.properties", 64},
    {"spec.kafka.properties.*", 1024},
    {"spec.kafka.sasl.secretRef.name", 253},
    {"spec.kafka.tls.caSecretRef.name", 253},
    {"spec.kafka.tls.certSecretRef.name", 253},
    {"spec.kafkaToMqtt", 64},
    {"spec.kafkaToMqtt[].groupId", 249},
    {"spec.kafkaToMqtt[].messageExpiry", 64},
    {"spec.kafkaToMqtt[].name", 63},
    {"spec.kafkaToMqtt[].onError.deadLetterTopic", 249},
    {"spec.kafkaToMqtt[].onError.retryDelay", 64},
    {"spec.kafkaToMqtt[].payload", 4096},
    {"spec.kafkaToMqtt[].qos", 512},
    {"spec.kafkaToMqtt[].retain", 512},
    {"spec.kafkaToMqtt[].start.timestamp", 64},
    {"spec.kafkaToMqtt[].topic", 512},
    {"spec.kafkaToMqtt[].topics", 100},
    {"spec.kafkaToMqtt[].topics[]", 249},
    {"spec.kafkaToMqtt[].userProperties", 32},
    {"spec.kafkaToMqtt[].userProperties.*", 256},
    {"spec.mqtt.auth.secretRef.name", 253},
    {"spec.mqtt.clientIdPrefix", 32},
    {"spec.mqtt.keepAlive", 64},
    {"spec.mqtt.maximumPacketSize", 32},
    {"spec.mqtt.servers", 16},
    {"spec.mqtt.servers[]", 300},
    {"spec.mqtt.sessionExpiry", 64},
    {"spec.mqtt.tls.caSecretRef.name", 253},
    {"spec.mqtt.tls.certSecretRef.name", 253},
    {"spec.mqtt.tls.serverName", 253},
    {"spec.mqttToKafka", 64},
    {"spec.mqttToKafka[].filters", 512},
    {"spec.mqttToKafka[].filters[]", 256},
    {"spec.mqttToKafka[].headers", 32},
    {"spec.mqttToKafka[].headers.*", 256},
    {"spec.mqttToKafka[].key", 512},
    {"spec.mqttToKafka[].name", 63},
    {"spec.mqttToKafka[].onError.deadLetterTopic", 249},
    {"spec.mqttToKafka[].topic", 512},
    {"spec.pod.annotations", 64},
    {"spec.pod.annotations.*", 4096},
    {"spec.pod.image", 512},
    {"spec.pod.imagePullSecrets", 16},
    {"spec.pod.imagePullSecrets[].name", 253},
    {"spec.pod.labels", 32},
    {"spec.pod.labels.*", 63},
    {"spec.pod.nodeSelector", 32},
    {"spec.pod.nodeSelector.*", 63},
    {"spec.pod.priorityClassName", 253},
    {"spec.pod.resources.limits", 16},
    {"spec.pod.resources.limits.*", 64},
    {"spec.pod.resources.requests", 16},
    {"spec.pod.resources.requests.*", 64},
    {"spec.pod.tolerations", 32},
    {"spec.pod.tolerations[].key", 317},
    {"spec.pod.tolerations[].value", 63},
});

std::optional<std::size_t> limit_of(std::string_view path) {
  const auto* limit = std::find_if(kLimits.begin(), kLimits.end(),
                                   [path](const SizeLimit& candidate) { return candidate.path == path; });
  if (limit == kLimits.end()) return std::nullopt;
  return limit->most;
}

// Some limit is in it or below.
bool leads_to_limit(std::string_view path) {
  return std::any_of(kLimits.begin(), kLimits.end(),
                     [path](const SizeLimit& limit) { return limit.path.starts_with(path); });
}

// Unicode code points, as the API server counts.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void check_size(const Field& field, const std::string& pattern) {
  const auto most = limit_of(pattern);
  if (!most) return;
  const YamlNode& node = field.node();
  std::size_t size = node.children.size();
  std::string_view unit = "items";
  if (node.kind == Kind::kScalar) {
    size = characters(node.scalar);
    unit = "characters";
  } else if (node.kind == Kind::kMap) {
    size /= 2;
    unit = "entries";
  }
  if (size <= *most) return;
  field.problem("has " + std::to_string(size) + " " + std::string(unit),
                "write at most " + std::to_string(*most));
}

void check(const Field& field, const std::string& pattern) {
  check_size(field, pattern);
  const YamlNode& node = field.node();
  if (node.kind == Kind::kSequence) {
    const std::string item = pattern + "[]";
    if (!leads_to_limit(item)) return;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const YamlNode& child = *node.children[i];
      check(Field(child, child_path(field.path(), i), child.at, field.report()), item);
    }
  } else if (node.kind == Kind::kMap) {
    const std::string any = pattern + ".*";
    const bool free_names = leads_to_limit(any);
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const YamlNode& key = *node.children[i];
      if (key.kind != Kind::kScalar) continue;
      const std::string name = free_names ? any : pattern.empty() ? key.scalar : pattern + "." + key.scalar;
      if (!leads_to_limit(name)) continue;
      const YamlNode& child = *node.children[i + 1];
      check(Field(child, child_path(field.path(), key.scalar), key.at, field.report()), name);
    }
  }
}

}  // namespace

std::span<const SizeLimit> size_limits() {
  return kLimits;
}

void check_sizes(const Field& root) {
  check(root, "");
}

}  // namespace mkb::api
