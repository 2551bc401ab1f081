// Like crd_drift_test.cc, for kinds of values, sizes and names that are refused.
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

// A text of `size` characters that the field takes.
std::string long_text(const std::string& path, std::size_t size) {
  const std::string zeros(size, '0');
  if (path.ends_with(".name") && path.find("SecretRef") == std::string::npos && size == 63)
    return std::string(size, 'a');
  if (size == 253 && !path.ends_with("serverName")) {
    std::string name = "a";
    while (name.size() < size) name += ".a";
    return name;
  }
  if (path == "spec.mqtt.servers[]") return "mqtts://h:" + std::string(size - 11, '0') + "1";
  if (path == "spec.kafka.bootstrapServers[]") return "k:" + std::string(size - 3, '0') + "1";
  if (path == "spec.mqtt.maximumPacketSize") return zeros.substr(4) + "2048";
  if (path == "spec.kafkaToMqtt[].start.timestamp") return "2026-11-24T10:00:00." + zeros.substr(21) + "Z";
  if (path == "spec.kafkaToMqtt[].qos" || path == "spec.kafkaToMqtt[].retain") {
    return "${headers." + std::string(size - 11, 'a') + "}";
  }
  if (path == "spec.mqttToKafka[].topic") return "${payload." + std::string(size - 11, 'a') + "}";
  if (path.find(".resources.") != std::string::npos) return zeros.substr(1) + "1";
  if (path.ends_with("keepAlive") || path.ends_with("Expiry") || path.ends_with("retryDelay")) {
    return zeros.substr(2) + "9s";
  }
  return std::string(size, 'a');
}

TEST(CrdShapeDrift, SizesAreTheSame) {
  std::map<std::string, std::size_t> declared;
  for (const SchemaField& field : spec_fields()) {
    if (field.unbuilt()) continue;
    for (const char* keyword : {"maxLength", "maxItems", "maxProperties"}) {
      if (field.has(keyword)) declared[field.path] = field.schema[keyword].as<std::size_t>();
    }
  }
  std::map<std::string, std::size_t> checked;
  for (const SizeLimit& limit : size_limits()) checked[std::string(limit.path)] = limit.most;
  EXPECT_EQ(checked, declared);
}

// The server counts the cost of its rules by them; without one it would take no rule at all.
TEST(CrdShapeDrift, EverythingIsBounded) {
  for (const SchemaField& field : spec_fields()) {
    const std::string type = field.text("type");
    const bool text = type == "string" || field.has("x-kubernetes-int-or-string");
    EXPECT_TRUE(!text || field.has("enum") || field.has("maxLength")) << field.path;
    EXPECT_TRUE(type != "array" || field.has("maxItems")) << field.path;
    EXPECT_TRUE(!field.has("additionalProperties") || field.has("maxProperties")) << field.path;
  }
}

TEST(CrdShapeDrift, TheLongestTextsAreTaken) {
  std::size_t seen = 0;
  for (const SchemaField& field : spec_fields()) {
    if (!field.has("maxLength") || field.unbuilt()) continue;
    const auto most = field.schema["maxLength"].as<std::size_t>();
    const std::string text = long_text(field.path, most);
    EXPECT_EQ(text.size(), most) << field.path;
    EXPECT_EQ(problems_with(field.path, text), "") << field.path;
    EXPECT_NE(problems_with(field.path, long_text(field.path, most) + "a"), "") << field.path;
    ++seen;
  }
  EXPECT_GT(seen, 30u);
}

TEST(CrdShapeDrift, EmptyTexts) {
  for (const SchemaField& field : spec_fields()) {
    if (field.text("type") != "string" || field.has("enum") || field.unbuilt()) continue;
    EXPECT_EQ(problems_with(field.path, "").empty(), !field.has("minLength")) << field.path;
  }
}

TEST(CrdShapeDrift, EmptyAndRepeatingLists) {
  for (const SchemaField& field : spec_fields()) {
    if (field.text("type") != "array") continue;
    EXPECT_EQ(problems_with(field.path, json::array()).empty(), !field.has("minItems")) << field.path;
    const json item = sample_value({field.path + "[]", field.schema["items"]});
    const bool unique = field.text("x-kubernetes-list-type") != "atomic";
    EXPECT_EQ(problems_with(field.path, {item, item}).empty(), !unique) << field.path;
  }
}

TEST(CrdShapeDrift, KindsOfValues) {
  const std::map<std::string, json> values = {{"boolean", true},
                                              {"integer", 1},
                                              {"number", 0.5},
                                              {"string", "a"},
                                              {"array", json::array({json::array()})},
                                              {"object", {{"x", json::array()}}}};
  for (const SchemaField& field : spec_fields()) {
    if (field.unbuilt()) continue;
    std::set<std::string> taken = {field.text("type")};
    if (field.has("x-kubernetes-int-or-string")) taken = {"integer", "string"};
    if (field.path.ends_with("].retain")) taken = {"boolean", "string"};
    for (const auto& [kind, value] : values) {
      if (taken.contains(kind)) continue;
      EXPECT_NE(problems_with(field.path, value), "") << field.path << " takes a " << kind;
    }
  }
}

TEST(CrdShapeDrift, RefusedProperties) {
  std::set<std::string> names;
  std::set<std::string> prefixes;
  for (const SchemaField& field : spec_fields()) {
    if (field.path != "spec.kafka.properties") continue;
    for (const auto& validation : field.schema["x-kubernetes-validations"]) {
      const auto rule = validation["rule"].as<std::string>();
      if (rule.find("name in self") != std::string::npos) continue;  // of values, not of names
      for (std::size_t start = 0; (start = rule.find('\'', start)) != std::string::npos;) {
        const std::size_t end = rule.find('\'', start + 1);
        const std::string name = rule.substr(start + 1, end - start - 1);
        const bool prefix = rule.substr(0, start).ends_with("startsWith(");
        if (!name.empty() && name != "_cb") (prefix ? prefixes : names).insert(name);
        start = end + 1;
      }
    }
  }
  const auto strings = [](const std::vector<std::string_view>& views) {
    return std::set<std::string>(views.begin(), views.end());
  };
  EXPECT_EQ(names, strings(refused_properties()));
  EXPECT_EQ(prefixes, strings(refused_property_prefixes()));
}

}  // namespace
}  // namespace mkb::api
