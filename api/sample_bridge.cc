#include "api/sample_bridge.h"

#include <gtest/gtest.h>

namespace mkb::api {
namespace {

// Up to and with `spec:` on line 4.
constexpr const char* kHead =
    "apiVersion: mqttkafka.io/v1alpha1\n"
    "kind: MqttKafkaBridge\n"
    "metadata: {name: b}\n"
    "spec:\n";
constexpr const char* kRoutes = "  mqttToKafka: [{name: r, filters: [a], topic: t, key: k}]\n";

std::string indented(std::string_view lines, const std::string& margin) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    text += margin + std::string(lines.substr(0, end)) + "\n";
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return text;
}

bool has_field(std::string_view lines, const std::string& name) {
  return ("\n" + std::string(lines)).find("\n" + name + ":") != std::string::npos;
}

std::string mqtt(std::string_view version) {
  return "  mqtt: {servers: [mqtt://h], version: " + std::string(version) + "}\n";
}

constexpr const char* kKafka = "  kafka: {bootstrapServers: [k:1]}\n";

}  // namespace

std::string bridge_with_mqtt(std::string_view lines) {
  std::string text = kHead + std::string(kKafka) + "  mqtt:\n" + indented(lines, "    ");
  if (!has_field(lines, "servers")) text += "    servers: [mqtt://h]\n";
  return text + kRoutes;
}

std::string bridge_with_kafka(std::string_view lines) {
  std::string text = kHead + mqtt("5") + "  kafka:\n" + indented(lines, "    ");
  if (!has_field(lines, "bootstrapServers")) text += "    bootstrapServers: [k:1]\n";
  return text + kRoutes;
}

std::string bridge_with_route(std::string_view lines, std::string_view version) {
  std::string text = kHead + std::string("  mqttToKafka:\n  - name: r\n") + indented(lines, "    ");
  if (!has_field(lines, "filters")) text += "    filters: [a/+/c]\n";
  if (!has_field(lines, "topic")) text += "    topic: t\n";
  if (!has_field(lines, "key")) text += "    key: k\n";
  return text + mqtt(version) + kKafka;
}

std::string bridge_with_routes(std::string_view lines, std::string_view version) {
  return kHead + std::string("  mqttToKafka:\n") + indented(lines, "  ") + mqtt(version) + kKafka;
}

std::string bridge_with_egress_route(std::string_view lines, std::string_view version) {
  std::string text = kHead + std::string("  kafkaToMqtt:\n  - name: r\n") + indented(lines, "    ");
  if (!has_field(lines, "topics")) text += "    topics: [commands]\n";
  if (!has_field(lines, "topic")) text += "    topic: cmd\n";
  return text + mqtt(version) + kKafka;
}

std::string bridge_with_egress_routes(std::string_view lines, std::string_view version) {
  return kHead + std::string("  kafkaToMqtt:\n") + indented(lines, "  ") + mqtt(version) + kKafka;
}

std::string problems_of(std::string_view text) {
  const ParseOutcome outcome = parse_bridge(text, "f");
  EXPECT_EQ(outcome.ok(), outcome.problems.empty());
  return render(outcome.problems);
}

std::string warnings_of(std::string_view text) {
  return render(parse_bridge(text, "f").warnings, "warning: ");
}

BridgeSpec spec_of(std::string_view text) {
  const ParseOutcome outcome = parse_bridge(text, "f");
  EXPECT_EQ(render(outcome.problems), "") << text;
  return outcome.spec.value_or(BridgeSpec{});
}

}  // namespace mkb::api
