#include "dataplane/kafka/consumer_properties.h"

#include "dataplane/kafka/connection_properties.h"

namespace mkb::dataplane {

Result<KafkaProperties> consumer_properties(const api::KafkaSpec& spec, const api::KafkaToMqttRoute& route,
                                            const std::string& instance, const api::SecretStore& secrets) {
  KafkaProperties properties = {
      {"client.id", "mkb"},
      // How long the partitions of a process that is gone wait for its return.
      {"session.timeout.ms", "10000"},
      {"heartbeat.interval.ms", "2000"},
      // How soon a topic that is missing, or that a regular expression begins to match, is seen.
      {"topic.metadata.refresh.interval.ms", "10000"},
      {"queued.max.messages.kbytes", "16384"},
      {"queued.min.messages", "10000"},
      {"fetch.wait.max.ms", "100"},
      {"reconnect.backoff.max.ms", "2000"},
      {"socket.keepalive.enable", "true"},
  };
  for (const auto& [name, value] : spec.properties) {
    properties[name] = value;
  }
  if (auto added = add_connection(properties, spec, secrets); !added) {
    return added.error();
  }
  properties["group.id"] = route.group_id;
  properties["group.instance.id"] = instance;
  properties["partition.assignment.strategy"] = "cooperative-sticky";
  properties["isolation.level"] = route.read_committed ? "read_committed" : "read_uncommitted";
  properties["auto.offset.reset"] = route.start.at == api::StartAt::kLatest ? "latest" : "earliest";
  properties["enable.auto.commit"] = "false";
  properties["enable.auto.offset.store"] = "false";
  return properties;
}

}  // namespace mkb::dataplane
