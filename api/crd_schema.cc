#include "api/crd_schema.h"

#include <cstddef>
#include <map>
#include <stdexcept>
#include <utility>

#include "api/yaml_codec.h"

namespace mkb::api {
namespace {

using nlohmann::json;

constexpr const char* kFile = MKB_SOURCE_DIR "/crds/mqttkafka.io_mqttkafkabridges.yaml";

void walk(const std::string& path, const YAML::Node& schema, std::vector<SchemaField>& fields) {
  fields.push_back({path, schema});
  for (const auto& property : schema["properties"]) {
    walk(path + "." + property.first.as<std::string>(), property.second, fields);
  }
  if (schema["items"].IsDefined()) walk(path + "[]", schema["items"], fields);
  if (schema["additionalProperties"].IsDefined()) walk(path + ".*", schema["additionalProperties"], fields);
}

// Texts that have to be more than letters.
const std::map<std::string, json>& known_samples() {
  static const std::map<std::string, json> samples = {
      {"spec.mqtt.servers[]", "mqtts://h"},
      {"spec.mqtt.keepAlive", "1m"},
      {"spec.mqtt.sessionExpiry", "2h"},
      {"spec.mqtt.maximumPacketSize", "1Mi"},
      {"spec.kafka.bootstrapServers[]", "k:1"},
      {"spec.kafka.properties.*", "x"},
      {"spec.kafkaToMqtt[].start.timestamp", "2026-11-24T10:00:00Z"},
      {"spec.kafkaToMqtt[].qos", 2},
      {"spec.kafkaToMqtt[].retain", true},
      {"spec.kafkaToMqtt[].messageExpiry", "1h"},
      {"spec.kafkaToMqtt[].onError.retryDelay", "2s"},
      {"spec.kafkaToMqtt[].onError.deadLetterTopic", "dead"},
      {"spec.mqttToKafka[].onError.deadLetterTopic", "dead"},
      {"spec.mqttToKafka[].name", "up"},
      {"spec.kafkaToMqtt[].name", "down"},
      {"spec.mqttToKafka[].topic", "to-kafka"},
      {"spec.kafkaToMqtt[].topic", "to-mqtt"},
      {"spec.pod.resources.requests.*", "500m"},
      {"spec.pod.resources.limits.*", "500m"},
  };
  return samples;
}

// What must be said besides for a field to be allowed.
const std::map<std::string, std::pair<std::string, json>>& companions() {
  static const std::map<std::string, std::pair<std::string, json>> fields = {
      {"spec.mqttToKafka[].partition.partition", {"strategy", "Fixed"}},
      {"spec.kafkaToMqtt[].start.timestamp", {"at", "Timestamp"}},
  };
  return fields;
}

const SchemaField& field_at(const std::string& path) {
  static const std::vector<SchemaField> fields = schema_fields("spec");
  for (const SchemaField& field : fields) {
    if (field.path == path) return field;
  }
  throw std::out_of_range(path);
}

// The value at `path` in `root`, made when it is not there. Lists have one item, free mappings the key "x".
json& reach(json& root, const std::string& path) {
  json* at = &root;
  std::string walked;
  for (std::size_t start = 0; start < path.size();) {
    if (path.compare(start, 2, "[]") == 0) {
      walked += "[]";
      start += 2;
      if (at->empty()) at->push_back(sample_value(field_at(walked)));
      at = &at->at(0);
      continue;
    }
    if (path[start] == '.') ++start;
    const std::size_t end = path.find_first_of(".[", start);
    const std::string name = path.substr(start, end - start);
    walked += (walked.empty() ? "" : ".") + name;
    start = end == std::string::npos ? path.size() : end;
    const std::string key = name == "*" ? "x" : name;
    if (!at->contains(key)) (*at)[key] = start == path.size() ? json() : sample_value(field_at(walked));
    at = &at->at(key);
  }
  return *at;
}

}  // namespace

std::string SchemaField::text(const char* keyword) const {
  return schema[keyword].IsDefined() ? schema[keyword].as<std::string>() : "";
}

bool SchemaField::unbuilt() const {
  return text("description") == "Not built in this version, and refused.";
}

bool SchemaField::named_fields() const {
  return has("properties");
}

std::vector<SchemaField> schema_fields(const std::string& section) {
  const YAML::Node versions = YAML::LoadFile(kFile)["spec"]["versions"];
  if (versions.size() != 1) throw std::runtime_error("one version was expected");
  const YAML::Node schema = versions[0]["schema"]["openAPIV3Schema"]["properties"][section];
  if (!schema.IsDefined()) throw std::out_of_range(section);
  std::vector<SchemaField> fields;
  walk(section, schema, fields);
  return fields;
}

json json_value(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  const json parsed = json::parse(text, nullptr, false);
  return parsed.is_primitive() && !parsed.is_discarded() ? parsed : json(text);
}

json sample_value(const SchemaField& field) {
  if (const auto known = known_samples().find(field.path); known != known_samples().end())
    return known->second;
  if (field.has("enum")) return json_value(field.schema["enum"][0]);
  const std::string type = field.text("type");
  if (type == "integer") return field.has("minimum") ? json_value(field.schema["minimum"]) : json(1);
  if (type == "array") return json::array({sample_value({field.path + "[]", field.schema["items"]})});
  if (type != "object") return "a";
  json object = json::object();
  for (const auto& name : field.schema["required"]) {
    const auto key = name.as<std::string>();
    object[key] = sample_value({field.path + "." + key, field.schema["properties"][key]});
  }
  return object;
}

json document_with(const std::string& path, const json& value) {
  json document = {{"apiVersion", "mqttkafka.io/v1alpha1"},
                   {"kind", "MqttKafkaBridge"},
                   {"metadata", {{"name", "b"}}},
                   {"spec",
                    {{"mqtt", {{"servers", {"mqtts://h"}}}},
                     {"kafka", {{"bootstrapServers", {"k:1"}}}},
                     {"mqttToKafka", {{{"name", "up"}, {"filters", {"a"}}, {"topic", "to-kafka"}}}}}}};
  reach(document, path) = value;
  if (const auto companion = companions().find(path); companion != companions().end()) {
    const std::string parent = path.substr(0, path.rfind('.'));
    reach(document, parent)[companion->second.first] = companion->second.second;
  }
  return document;
}

json document_without(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  json document = document_with(path, nullptr);
  reach(document, path.substr(0, dot)).erase(path.substr(dot + 1));
  return document;
}

const std::vector<SchemaField>& spec_fields() {
  static const std::vector<SchemaField> fields = schema_fields("spec");
  return fields;
}

std::string problems_with(const std::string& path, const json& value) {
  return render(parse_bridge(document_with(path, value).dump(), "f").problems);
}

}  // namespace mkb::api
