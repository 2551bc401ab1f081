#include "api/yaml_codec.h"

#include <array>
#include <limits>
#include <string>

#include "api/egress_section.h"
#include "api/field.h"
#include "api/kafka_section.h"
#include "api/loop_check.h"
#include "api/metadata_section.h"
#include "api/mqtt_section.h"
#include "api/nearest_name.h"
#include "api/pod_section.h"
#include "api/quote.h"
#include "api/route_section.h"
#include "api/size_limits.h"
#include "api/text_guard.h"
#include "api/yaml_tree.h"

namespace mkb::api {
namespace {

constexpr std::string_view kApiVersion = "mqttkafka.io/v1alpha1";
constexpr std::string_view kKind = "MqttKafkaBridge";

void check_type(const FieldMap& fields) {
  if (const auto version = fields.need("apiVersion", "write apiVersion: " + std::string(kApiVersion))) {
    const auto text = version->text();
    if (text && *text != kApiVersion) {
      version->problem("unknown version " + in_quotes(*text), "write " + std::string(kApiVersion));
    }
  }
  if (const auto kind = fields.need("kind", "write kind: " + std::string(kKind))) {
    const auto text = kind->text();
    if (text && *text == "List") {
      kind->problem("a list of resources", "give one, as from kubectl get mqttkafkabridge NAME -o yaml");
    } else if (text && *text != kKind) {
      kind->problem("unknown kind " + in_quotes(*text), "write " + std::string(kKind));
    }
  }
}

void read_spec(const Field& field, BridgeSpec& bridge) {
  static constexpr std::array<std::string_view, 7> kKnown = {"replicas",    "shards",      "mqtt", "kafka",
                                                             "mqttToKafka", "kafkaToMqtt", "pod"};
  static constexpr std::array<std::string_view, 1> kUnbuilt = {"gateway"};
  const FieldMap fields(field, kKnown, kUnbuilt);
  if (const auto replicas = fields.find("replicas")) {
    if (const auto value = replicas->integer(0, kMaxReplicas)) {
      bridge.replicas = static_cast<int>(*value);
    }
  }
  if (const auto shards = fields.find("shards")) {
    if (const auto value = shards->integer(1, 1024)) bridge.shards = static_cast<int>(*value);
  }
  if (const auto mqtt = fields.need("mqtt", "say which MQTT servers to connect to"))
    bridge.mqtt = read_mqtt(*mqtt);
  if (const auto kafka = fields.need("kafka", "say which Kafka to deliver to"))
    bridge.kafka = read_kafka(*kafka);
  const std::string any = "give at least one route in mqttToKafka or kafkaToMqtt";
  const auto up = fields.has("kafkaToMqtt") ? fields.find("mqttToKafka") : fields.need("mqttToKafka", any);
  if (up) bridge.mqtt_to_kafka = read_routes(*up, bridge.mqtt.version);
  const auto down = fields.find("kafkaToMqtt");
  if (down) bridge.kafka_to_mqtt = read_egress_routes(*down, bridge);
  if (up && down) check_loops(bridge, *up, *down);
  if (const auto pod = fields.find("pod")) bridge.pod_json = read_pod(*pod);
}

void read_bridge(const YamlNode& document, Report& report, BridgeSpec& bridge) {
  static constexpr std::array<std::string_view, 4> kKnown = {"apiVersion", "kind", "metadata", "spec"};
  static constexpr std::array<std::string_view, 1> kIgnored = {"status"};
  const Field root(document, "", document.at, report);
  const FieldMap fields(root, kKnown, {}, kIgnored);
  check_type(fields);
  if (const auto metadata = fields.need("metadata", "write metadata: {name: NAME}")) {
    read_metadata(*metadata, bridge);
  }
  if (const auto spec = fields.need("spec", "say what the bridge is to do")) read_spec(*spec, bridge);
  if (report.clean()) check_sizes(root);
}

}  // namespace

ParseOutcome parse_bridge(std::string_view text, std::string_view file_name) {
  Report report{std::string(file_name)};
  YamlTree tree;
  BridgeSpec bridge;
  const std::string_view guarded = guarded_text(text, report);
  if (report.clean()) {
    if (const YamlNode* document = tree.load(guarded, report)) read_bridge(*document, report, bridge);
  }
  ParseOutcome outcome;
  if (report.clean()) outcome.spec = std::move(bridge);
  outcome.problems = report.take_problems();
  outcome.warnings = report.take_warnings();
  return outcome;
}

}  // namespace mkb::api
