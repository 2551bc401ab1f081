#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/record_template.h"
#include "api/yaml_codec.h"

// Any text is either a resource that keeps its promises or a list of problems, each of them one line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mkb::api;
  const ParseOutcome outcome = parse_bridge({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (outcome.ok() != outcome.problems.empty()) std::abort();
  for (const Problem& problem : outcome.problems) {
    for (const char c : render(problem)) {
      if (static_cast<unsigned char>(c) < 0x20) std::abort();
    }
  }
  if (!outcome.ok()) return 0;
  const BridgeSpec& spec = *outcome.spec;
  if (spec.name.empty() || spec.uid.empty() || spec.shards < 1) std::abort();
  if (spec.mqtt.servers.empty() || spec.kafka.bootstrap_servers.empty()) std::abort();
  if (spec.mqtt_to_kafka.empty() && spec.kafka_to_mqtt.empty()) std::abort();
  for (const MqttServer& server : spec.mqtt.servers) {
    if (server.host.empty() || server.port == 0) std::abort();
  }
  for (const MqttToKafkaRoute& route : spec.mqtt_to_kafka) {
    if (route.name.empty() || route.filters.empty() || route.topic.empty() || route.qos > 2) std::abort();
  }
  for (const KafkaToMqttRoute& route : spec.kafka_to_mqtt) {
    if (route.name.empty() || route.topics.empty() || route.group_id.empty()) std::abort();
    for (const auto* text : {&route.topic, &route.qos, &route.retain, &route.payload}) {
      if (text->empty() || !parse_record_template(*text).ok()) std::abort();
    }
    for (const auto& [name, text] : route.user_properties) {
      if (name.empty() || !parse_record_template(text).ok()) std::abort();
    }
    if (route.start.unix_ms < 0 || route.max_in_flight < 1) std::abort();
  }
  return 0;
}
