#include "e2e/bridge_fixture.h"

// What the program does before it connects to anything.
namespace mkb::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ConfigE2eTest : public BridgeFixture {
 protected:
  lab::Output check(const std::string& yaml) {
    lab::write_file(dir() / "bridge.yaml", yaml);
    return lab::run_bridge({"--config", dir() / "bridge.yaml", "--check"});
  }
};

constexpr const char* kGood = R"(apiVersion: mqttkafka.io/v1alpha1
kind: MqttKafkaBridge
metadata:
  name: good
spec:
  mqtt:
    servers: [mqtt://localhost:1883]
  kafka:
    bootstrapServers: [localhost:9092]
  mqttToKafka:
  - name: telemetry
    filters: [vehicles/+/telemetry]
    topic: telemetry
    key: "${topic[1]}"
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(ConfigE2eTest, GoodFileIsGood) {
  const auto output = check(kGood);
  EXPECT_EQ(output.status.code, 0) << output.text;
}

TEST_F(ConfigE2eTest, QuickstartIsGood) {
  const auto output = lab::run_bridge({"--config", MKB_QUICKSTART, "--check"});
  EXPECT_EQ(output.status.code, 0) << output.text;
}

TEST_F(ConfigE2eTest, ErrorsNameFileLineAndPathAllAtOnce) {
  auto text = with("topic: telemetry", "topik: telemetry");
  text.replace(text.find("mqtt://localhost:1883"), 21, "http://localhost:1883");
  const auto output = check(text);
  EXPECT_EQ(output.status.code, 2);
  EXPECT_THAT(output.text,
              AllOf(HasSubstr("bridge.yaml:7"), HasSubstr("spec.mqtt.servers[0]"),
                    HasSubstr("bridge.yaml:13"), HasSubstr("spec.mqttToKafka[0].topik"), HasSubstr("topic")));
}

TEST_F(ConfigE2eTest, WhatIsNotBuiltYetIsRefused) {
  const auto transform = check(std::string(kGood) + "    transform: {sql: \"SELECT 1\"}\n");
  EXPECT_EQ(transform.status.code, 2);
  EXPECT_THAT(transform.text, AllOf(HasSubstr("bridge.yaml:15"), HasSubstr("transform")));
}

TEST_F(ConfigE2eTest, DeliveryGuaranteesCannotBeConfiguredAway) {
  const auto output = check(with("[localhost:9092]", "[localhost:9092]\n    properties: {acks: \"1\"}"));
  EXPECT_EQ(output.status.code, 2);
  EXPECT_THAT(output.text, AllOf(HasSubstr("bridge.yaml:10"), HasSubstr("acks")));
}

TEST_F(ConfigE2eTest, MissingFileAndBadYamlAreConfigurationErrors) {
  const auto missing = lab::run_bridge({"--config", dir() / "none.yaml", "--check"});
  EXPECT_EQ(missing.status.code, 2);
  EXPECT_THAT(missing.text, HasSubstr("none.yaml"));
  const auto broken = check("spec: [\n");
  EXPECT_EQ(broken.status.code, 2);
  EXPECT_THAT(broken.text, HasSubstr("bridge.yaml:"));
}

TEST_F(ConfigE2eTest, BadFileStopsTheStartToo) {
  lab::write_file(dir() / "bridge.yaml", with("topic: telemetry", "topik: telemetry"));
  const auto output = lab::run_bridge({"--config", dir() / "bridge.yaml", "--admin", "127.0.0.1:0"});
  EXPECT_EQ(output.status.code, 2);
}

TEST_F(ConfigE2eTest, MissingSecretIsNamed) {
  lab::write_file(dir() / "bridge.yaml",
                  with("servers: [mqtt://localhost:1883]",
                       "servers: [mqtt://localhost:1883]\n    auth: {secretRef: {name: broker}}"));
  std::filesystem::create_directories(dir() / "secrets");
  const auto output = lab::run_bridge(
      {"--config", dir() / "bridge.yaml", "--secrets-dir", dir() / "secrets", "--admin", "127.0.0.1:0"});
  EXPECT_NE(output.status.code, 0);
  EXPECT_THAT(output.text, AllOf(HasSubstr("broker"), HasSubstr("username")));
}

TEST_F(ConfigE2eTest, UnknownOptionIsAnError) {
  EXPECT_EQ(lab::run_bridge({"--no-such-option"}).status.code, 2);
  EXPECT_EQ(lab::run_bridge({"--help"}).status.code, 0);
  EXPECT_THAT(lab::run_bridge({"--version"}).text, HasSubstr("mkb-dataplane"));
}

}  // namespace
}  // namespace mkb::e2e
