#include "api/yaml_codec.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "api/metadata_section.h"
#include "api/sample_bridge.h"

namespace mkb::api {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(MKB_SOURCE_DIR "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

BridgeSpec example(const std::string& name) {
  const ParseOutcome outcome = parse_bridge(file_text("examples/" + name), name);
  EXPECT_EQ(render(outcome.problems), "");
  EXPECT_EQ(render(outcome.warnings), "");
  return outcome.spec.value_or(BridgeSpec{});
}

TEST(YamlCodec, Quickstart) {
  const BridgeSpec spec = example("quickstart.yaml");
  EXPECT_EQ(spec.name, "quickstart");
  EXPECT_EQ(spec.name_space, "default");
  EXPECT_EQ(spec.uid, derived_uid("default", "quickstart"));
  EXPECT_EQ(spec.replicas, 1);
  EXPECT_EQ(spec.shards, 64);
  ASSERT_EQ(spec.mqtt.servers.size(), 1u);
  EXPECT_EQ(spec.mqtt.servers[0].host, "127.0.0.1");
  EXPECT_EQ(spec.mqtt.servers[0].port, 1883);
  EXPECT_EQ(spec.kafka.bootstrap_servers, std::vector<std::string>{"127.0.0.1:9092"});
  ASSERT_EQ(spec.mqtt_to_kafka.size(), 2u);
  const MqttToKafkaRoute& route = spec.mqtt_to_kafka[0];
  EXPECT_EQ(route.name, "telemetry");
  EXPECT_EQ(route.filters, std::vector<std::string>{"vehicles/+/telemetry"});
  EXPECT_EQ(route.topic, "telemetry");
  EXPECT_EQ(route.key, "${topic[1]}");
  EXPECT_EQ(route.headers.at("fleet"), "${payload.fleet}");
  EXPECT_EQ(route.on_error.dead_letter_topic, "telemetry.dlq");
  EXPECT_EQ(spec.mqtt_to_kafka[1].name, "answers");
  ASSERT_EQ(spec.kafka_to_mqtt.size(), 1u);
  EXPECT_EQ(spec.kafka_to_mqtt[0].topics, std::vector<std::string>{"commands"});
  EXPECT_EQ(spec.kafka_to_mqtt[0].topic, "vehicles/${key}/cmd");
}

TEST(YamlCodec, Secured) {
  const BridgeSpec spec = example("secured.yaml");
  EXPECT_EQ(spec.name_space, "fleet");
  ASSERT_EQ(spec.mqtt.servers.size(), 2u);
  EXPECT_TRUE(spec.mqtt.servers[0].tls);
  EXPECT_EQ(spec.mqtt.servers[0].port, 8883);
  EXPECT_EQ(spec.mqtt.servers[1].port, 8884);
  EXPECT_EQ(spec.mqtt.auth_secret->name, "mqtt-login");
  EXPECT_EQ(spec.mqtt.tls.ca_secret->name, "mqtt-ca");
  EXPECT_EQ(spec.mqtt.tls.cert_secret->name, "mqtt-client");
  EXPECT_EQ(spec.mqtt.tls.server_name, "mqtt.example.com");
  EXPECT_EQ(spec.kafka.sasl->mechanism, SaslMechanism::kScramSha512);
  EXPECT_EQ(spec.kafka.tls->ca_secret->name, "kafka-ca");
  EXPECT_EQ(spec.kafka.properties.at("linger.ms"), "20");
}

TEST(YamlCodec, Routes) {
  const BridgeSpec spec = example("routes.yaml");
  std::vector<std::string> names;
  for (const auto& route : spec.mqtt_to_kafka) names.push_back(route.name);
  EXPECT_EQ(names, (std::vector<std::string>{"by-kind", "archive", "orders", "firehose", "logs", "ledger"}));
  EXPECT_EQ(spec.mqtt_to_kafka[2].qos, 2);
  EXPECT_EQ(spec.mqtt_to_kafka[3].sharding, Sharding::kShared);
  EXPECT_EQ(spec.mqtt_to_kafka[5].partition.strategy, PartitionStrategy::kFixed);
}

TEST(YamlCodec, Commands) {
  const BridgeSpec spec = example("commands.yaml");
  ASSERT_EQ(spec.mqtt_to_kafka.size(), 1u);
  EXPECT_EQ(spec.mqtt_to_kafka[0].name, "telemetry");
  ASSERT_EQ(spec.kafka_to_mqtt.size(), 1u);
  const KafkaToMqttRoute& route = spec.kafka_to_mqtt[0];
  EXPECT_EQ(route.name, "commands");
  EXPECT_EQ(route.topics, std::vector<std::string>{"commands"});
  EXPECT_EQ(route.group_id, "mkb-commands-commands");
  EXPECT_EQ(route.topic, "vehicles/${key}/cmd");
  EXPECT_EQ(route.qos, "1");
  EXPECT_EQ(route.message_expiry, std::chrono::hours{1});
  EXPECT_EQ(route.on_error.dead_letter_topic, "commands.dlq");
}

TEST(YamlCodec, EitherDirectionIsEnough) {
  const BridgeSpec spec = spec_of(bridge_with_egress_route(""));
  EXPECT_TRUE(spec.mqtt_to_kafka.empty());
  EXPECT_EQ(spec.kafka_to_mqtt.size(), 1u);
  EXPECT_TRUE(spec_of(bridge_with_route("")).kafka_to_mqtt.empty());
}

TEST(YamlCodec, ScaleFields) {
  const auto with = [](const std::string& line) {
    std::string text = bridge_with_mqtt("");
    return text.insert(text.find("  kafka:"), "  " + line + "\n");
  };
  EXPECT_EQ(spec_of(with("replicas: 0")).replicas, 0);
  EXPECT_EQ(spec_of(with("replicas: 1024")).replicas, 1024);
  EXPECT_EQ(spec_of(with("shards: 1")).shards, 1);
  EXPECT_EQ(spec_of(with("shards: 1024")).shards, 1024);
  EXPECT_EQ(problems_of(with("replicas: -1")),
            "f:5:13: spec.replicas: \"-1\" is out of range; write a whole number from 0 to 1024\n");
  EXPECT_EQ(problems_of(with("shards: 0")),
            "f:5:11: spec.shards: \"0\" is out of range; write a whole number from 1 to 1024\n");
  EXPECT_EQ(problems_of(with("shards: 1025")),
            "f:5:11: spec.shards: \"1025\" is out of range; write a whole number from 1 to 1024\n");
  EXPECT_EQ(
      problems_of(with("gateway:")),
      "f:5:3: spec.gateway: is known but not built in this version; leave it out: it would have no effect\n");
  EXPECT_EQ(problems_of(with("mqttToKafak: []")),
            "f:5:3: spec.mqttToKafak: unknown field; did you mean \"mqttToKafka\"?\n");
  EXPECT_EQ(problems_of(with("kafkatomqtt: []")),
            "f:5:3: spec.kafkatomqtt: unknown field; did you mean \"kafkaToMqtt\"?\n");
  EXPECT_EQ(problems_of(with("<<: {shards: 1}")),
            "f:5:3: spec[\"<<\"]: merge keys are not supported; write the fields out\n");
}

TEST(YamlCodec, TopLevel) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"- a", "f:1:1: is a list; write a mapping\n"},
      {"hello", "f:1:1: is a single value; write a mapping\n"},
      {"{}",
       "f:1:1: apiVersion: is missing; write apiVersion: mqttkafka.io/v1alpha1\n"
       "f:1:1: kind: is missing; write kind: MqttKafkaBridge\n"
       "f:1:1: metadata: is missing; write metadata: {name: NAME}\n"
       "f:1:1: spec: is missing; say what the bridge is to do\n"},
      {"apiVersion: mqttkafka.io/v1\nkind: MqttKafkaBrigde\nmetadata: {name: b}\nspec: {}",
       "f:1:13: apiVersion: unknown version \"mqttkafka.io/v1\"; write mqttkafka.io/v1alpha1\n"
       "f:2:7: kind: unknown kind \"MqttKafkaBrigde\"; write MqttKafkaBridge\n"
       "f:4:1: spec.mqtt: is missing; say which MQTT servers to connect to\n"
       "f:4:1: spec.kafka: is missing; say which Kafka to deliver to\n"
       "f:4:1: spec.mqttToKafka: is missing; give at least one route in mqttToKafka or kafkaToMqtt\n"},
      {"apiVersion: mqttkafka.io/v1alpha1\nkind: List\nmetadata: {name: b}\nspecs: []",
       "f:1:1: spec: is missing; say what the bridge is to do\n"
       "f:2:7: kind: a list of resources; give one, as from kubectl get mqttkafkabridge NAME -o yaml\n"
       "f:4:1: specs: unknown field; did you mean \"spec\"?\n"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(problems_of(text), message) << text;
}

TEST(YamlCodec, TakesWhatKubectlPrints) {
  const BridgeSpec spec = spec_of(R"(apiVersion: mqttkafka.io/v1alpha1
kind: MqttKafkaBridge
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"mqttkafka.io/v1alpha1","kind":"MqttKafkaBridge","metadata":{"name":"b"}}
  creationTimestamp: "2024-06-11T08:00:00Z"
  finalizers:
  - mqttkafka.io/sessions
  generation: 2
  labels: {team: fleet}
  managedFields:
  - apiVersion: mqttkafka.io/v1alpha1
    fieldsType: FieldsV1
    fieldsV1:
      f:spec:
        .: {}
        f:mqtt:
          f:servers: {}
    manager: kubectl
  name: b
  namespace: fleet
  resourceVersion: "1234"
  uid: 6f1b1c9e-0000-4000-8000-0123456789ab
spec:
  replicas: 3
  mqtt:
    servers:
    - mqtt://broker:1883
  kafka:
    bootstrapServers:
    - kafka:9092
  mqttToKafka:
  - name: r
    filters:
    - a/b
    topic: t
    key: ${topic}
status:
  conditions:
  - type: Ready
    status: "True"
  replicas: 3
)");
  EXPECT_EQ(spec.uid, "6f1b1c9e-0000-4000-8000-0123456789ab");
  EXPECT_EQ(spec.name_space, "fleet");
  EXPECT_EQ(spec.replicas, 3);
}

TEST(YamlCodec, TakesJson) {
  const BridgeSpec spec = spec_of(
      R"({"apiVersion": "mqttkafka.io/v1alpha1", "kind": "MqttKafkaBridge", "metadata": {"name": "b"},
          "spec": {"shards": 8, "mqtt": {"servers": ["mqtt://h"], "version": "5"},
                   "kafka": {"bootstrapServers": ["k:1"]},
                   "mqttToKafka": [{"name": "r", "filters": ["a"], "topic": "t", "key": "k"}]}})");
  EXPECT_EQ(spec.shards, 8);
}

TEST(YamlCodec, TakesAnchorsAndOtherLineEnds) {
  std::string text = bridge_with_routes(
      "- {name: a, filters: &f [x], topic: t, key: &k k}\n"
      "- {name: b, filters: *f, topic: t, key: *k}");
  EXPECT_EQ(spec_of(text).mqtt_to_kafka[1].filters, std::vector<std::string>{"x"});
  std::string crlf = "\xEF\xBB\xBF";
  for (const char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(spec_of(crlf).mqtt_to_kafka[1].key, "k");
}

TEST(YamlCodec, ReportsEverythingAtOnceInOrder) {
  EXPECT_EQ(
      problems_of(R"(apiVersion: mqttkafka.io/v1alpha1
kind: MqttKafkaBridge
metadata:
  name: Fleet
spec:
  shard: 8
  mqtt:
    servers: [mqtts://h, ws://h]
    keepAlive: 1s
    keepAlive: 30s
  kafka:
    bootstrapServers: [k]
    properties:
      acks: "1"
  mqttToKafka:
  - name: telemetry
    filters: [a/#/b, a/+]
    topic: t/${topic[5]}
    key: ${topic[2]}
    transform: {sql: x}
  - name: telemetry
    topic: t
    key: k
)"),
      "f:4:9: metadata.name: \"Fleet\" is no name of a bridge; use at most 48 of a-z, 0-9 and -, with a "
      "letter "
      "or "
      "digit at both ends\n"
      "f:6:3: spec.shard: unknown field; did you mean \"shards\"?\n"
      "f:8:26: spec.mqtt.servers[1]: WebSocket (ws://) is known but not built in this version; use mqtt:// "
      "or "
      "mqtts://\n"
      "f:9:16: spec.mqtt.keepAlive: 1s is out of range; write 0 for none, or 5s to 18h12m15s\n"
      "f:10:5: spec.mqtt.keepAlive: given twice; first on line 9\n"
      "f:12:24: spec.kafka.bootstrapServers[0]: \"k\" has no port; write host:port\n"
      "f:14:7: spec.kafka.properties.acks: the bridge sets acks=all: an MQTT message is acknowledged when "
      "every "
      "in-sync replica has it; leave it out\n"
      "f:17:15: spec.mqttToKafka[0].filters[0]: \"a/#/b\" must not go on after # [MQTT-4.7.1-1]\n"
      "f:18:12: spec.mqttToKafka[0].topic: a Kafka topic name cannot hold \"/\"; Kafka allows a-z, A-Z, 0-9, "
      "., "
      "_ and -\n"
      "f:18:12: spec.mqttToKafka[0].topic: ${topic[5]}: topics of the filter \"a/+\" have no such level; "
      "levels "
      "count from 0; they have ${topic[0]} to ${topic[1]}\n"
      "f:19:10: spec.mqttToKafka[0].key: ${topic[2]}: topics of the filter \"a/+\" have no such level; "
      "levels "
      "count from 0; they have ${topic[0]} to ${topic[1]}\n"
      "f:20:5: spec.mqttToKafka[0].transform: is known but not built in this version; leave it out: it would "
      "have no effect\n"
      "f:21:5: spec.mqttToKafka[1].filters: is missing; give a list such as [vehicles/+/telemetry]\n"
      "f:21:5: spec.mqttToKafka[1]: another route has the name \"telemetry\"; names are unique; the first is "
      "on "
      "line 16\n");
}

TEST(YamlCodec, NeverRepeatsSecretsThatWereMisplaced) {
  for (const std::string& text :
       {bridge_with_mqtt("auth: {username: u, password: hunter2}"), bridge_with_mqtt("auth: hunter2"),
        bridge_with_mqtt("servers: ['mqtt://u:hunter2@h']"), bridge_with_kafka("sasl: hunter2"),
        bridge_with_kafka("properties: {sasl.password: hunter2}"),
        bridge_with_kafka("sasl: {mechanism: PLAIN, secretRef: hunter2}")}) {
    const std::string problems = problems_of(text);
    EXPECT_NE(problems, "") << text;
    EXPECT_EQ(problems.find("hunter2"), std::string::npos) << problems;
  }
}

TEST(YamlCodec, NamesTheFile) {
  const ParseOutcome outcome = parse_bridge("", "fleet/bridge.yaml");
  ASSERT_EQ(outcome.problems.size(), 1u);
  EXPECT_EQ(outcome.problems[0].file, "fleet/bridge.yaml");
  EXPECT_FALSE(outcome.ok());
}

}  // namespace
}  // namespace mkb::api
