// The resource is declared twice: to Kubernetes in crds/, and in what the sections of api/ read. Here each is
// asked about everything that the other knows.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/crd_schema.h"
#include "api/kafka_properties.h"
#include "api/size_limits.h"
#include "api/yaml_codec.h"

namespace mkb::api {
namespace {

using nlohmann::json;
using Names = std::set<std::string>;

// No name that any known one is near to.
constexpr const char* kUnknown = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";

BridgeSpec spec_with(const std::string& path, const json& value) {
  const ParseOutcome outcome = parse_bridge(document_with(path, value).dump(), "f");
  EXPECT_EQ(render(outcome.problems), "") << path << " " << value;
  return outcome.spec.value_or(BridgeSpec{});
}

Names built_keys(const SchemaField& field) {
  Names names;
  for (const auto& entry : field.schema["properties"]) {
    const auto name = entry.first.as<std::string>();
    if (!SchemaField{field.path + "." + name, entry.second}.unbuilt()) names.insert(name);
  }
  return names;
}

// The names in `a, b or c`.
Names listed(std::string text) {
  for (std::size_t at = 0; (at = text.find(" or ")) != std::string::npos;) text.replace(at, 4, ", ");
  Names names;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(", ", start), text.size());
    names.insert(text.substr(start, end - start));
    start = end + 2;
  }
  return names;
}

// What follows `marker` up to the end of its line.
std::string after(const std::string& text, const std::string& marker) {
  const std::size_t at = text.find(marker);
  if (at == std::string::npos) return "";
  const std::size_t start = at + marker.size();
  return text.substr(start, text.find('\n', start) - start);
}

Names required_paths() {
  Names paths;
  for (const SchemaField& field : spec_fields()) {
    for (const auto& name : field.schema["required"]) paths.insert(field.path + "." + name.as<std::string>());
  }
  return paths;
}

TEST(CrdDrift, EveryFieldIsDescribedInASentence) {
  std::size_t seen = 0;
  for (const std::string section : {"spec", "status"}) {
    for (const SchemaField& field : schema_fields(section)) {
      const std::string description = field.text("description");
      EXPECT_GE(description.size(), 10u) << field.path;
      EXPECT_TRUE(description.ends_with('.')) << field.path << ": " << description;
      ++seen;
    }
  }
  EXPECT_GT(seen, 130u);
}

TEST(CrdDrift, TheProgramsKnowEveryFieldOfTheSchema) {
  for (const SchemaField& field : spec_fields()) {
    if (field.path == "spec") continue;
    const std::string problems = problems_with(field.path, sample_value(field));
    if (field.unbuilt()) {
      EXPECT_NE(problems.find("known but not built"), std::string::npos) << field.path << ": " << problems;
    } else {
      EXPECT_EQ(problems, "") << field.path << ": " << sample_value(field);
    }
  }
}

TEST(CrdDrift, TheSchemaKnowsEveryFieldOfThePrograms) {
  std::size_t objects = 0;
  for (const SchemaField& field : spec_fields()) {
    if (!field.named_fields()) continue;
    const std::string problems = problems_with(field.path + "." + kUnknown, 1);
    EXPECT_EQ(listed(after(problems, "unknown field; known: ")), built_keys(field))
        << field.path << ": " << problems;
    ++objects;
  }
  EXPECT_GT(objects, 20u);
}

TEST(CrdDrift, RequiredFields) {
  for (const SchemaField& field : spec_fields()) {
    if (!field.named_fields()) continue;
    Names required;
    for (const auto& name : field.schema["required"]) required.insert(name.as<std::string>());
    if (field.path == "spec") required.insert("mqttToKafka");  // unless kafkaToMqtt is there: a rule
    const std::string problems = problems_with(field.path, json::object());
    Names missing;
    for (std::size_t at = 0; (at = problems.find(": is missing;", at)) != std::string::npos; ++at) {
      const std::size_t start = problems.find_last_of(". ", at) + 1;
      missing.insert(problems.substr(start, at - start));
    }
    EXPECT_EQ(missing, required) << field.path << ": " << problems;
  }
}

// What the server fills in must be what the programs take when nothing is written.
TEST(CrdDrift, Defaults) {
  const Names required = required_paths();
  Names without;
  for (const SchemaField& field : spec_fields()) {
    const bool item = field.path.ends_with("[]") || field.path.ends_with(".*");
    if (field.path == "spec" || field.unbuilt() || item || field.path.starts_with("spec.pod.")) continue;
    if (!field.has("default")) {
      if (!required.contains(field.path)) without.insert(field.path);
      continue;
    }
    const ParseOutcome outcome = parse_bridge(document_without(field.path).dump(), "f");
    ASSERT_TRUE(outcome.ok()) << field.path << ": " << render(outcome.problems);
    const json value = json_value(field.schema["default"]);
    EXPECT_TRUE(*outcome.spec == spec_with(field.path, value)) << field.path << ": " << value;
  }
  // Those that mean nothing when they are not there. groupId is made of names, which no schema can say.
  const Names optional = {
      "spec.kafka.properties",
      "spec.kafka.sasl",
      "spec.kafka.tls",
      "spec.kafka.tls.caSecretRef",
      "spec.kafka.tls.certSecretRef",
      "spec.kafkaToMqtt",
      "spec.kafkaToMqtt[].groupId",
      "spec.kafkaToMqtt[].messageExpiry",
      "spec.kafkaToMqtt[].onError",
      "spec.kafkaToMqtt[].onError.deadLetterTopic",
      "spec.kafkaToMqtt[].start",
      "spec.kafkaToMqtt[].start.timestamp",
      "spec.kafkaToMqtt[].userProperties",
      "spec.mqtt.auth",
      "spec.mqtt.maximumPacketSize",
      "spec.mqtt.tls",
      "spec.mqtt.tls.caSecretRef",
      "spec.mqtt.tls.certSecretRef",
      "spec.mqtt.tls.serverName",
      "spec.mqttToKafka",
      "spec.mqttToKafka[].headers",
      "spec.mqttToKafka[].key",
      "spec.mqttToKafka[].onError",
      "spec.mqttToKafka[].onError.deadLetterTopic",
      "spec.mqttToKafka[].partition",
      "spec.mqttToKafka[].partition.partition",
      "spec.pod",
  };
  for (const std::string& path : without) EXPECT_TRUE(optional.contains(path)) << path << " has no default";
  for (const std::string& path : optional)
    EXPECT_TRUE(without.contains(path)) << path << " has a default, or is gone";
}

TEST(CrdDrift, Choices) {
  std::size_t seen = 0;
  for (const SchemaField& field : spec_fields()) {
    if (!field.has("enum")) continue;
    Names allowed;
    for (const auto& value : field.schema["enum"]) {
      const json written = json_value(value);
      allowed.insert(value.as<std::string>());
      const std::string problems = problems_with(field.path, written);
      EXPECT_EQ(problems.find("unknown v"), std::string::npos) << field.path << ": " << problems;
    }
    if (field.path == "spec.mqtt.version") allowed.erase("5.0");
    EXPECT_EQ(listed(after(problems_with(field.path, kUnknown), "; write ")), allowed) << field.path;
    ++seen;
  }
  EXPECT_GE(seen, 10u);
}

TEST(CrdDrift, BoundsOfNumbers) {
  std::size_t seen = 0;
  for (const SchemaField& field : spec_fields()) {
    if (field.text("type") != "integer" || field.path.ends_with("tolerationSeconds")) continue;
    const auto least = field.schema["minimum"].as<std::int64_t>();
    const auto most = field.schema["maximum"].as<std::int64_t>();
    EXPECT_EQ(problems_with(field.path, least), "") << field.path;
    EXPECT_EQ(problems_with(field.path, most), "") << field.path;
    for (const std::int64_t outside : {least - 1, most + 1}) {
      EXPECT_NE(problems_with(field.path, outside).find("out of range"), std::string::npos)
          << field.path << " " << outside;
    }
    ++seen;
  }
  EXPECT_GE(seen, 8u);
}

}  // namespace
}  // namespace mkb::api
