#include "cli/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_bridge.h"

namespace mkb::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ValidationTest, FindsNothingWrongWithAGoodResource) {
  const Validation made = validate(api::bridge_with_route("qos: 1"), "f.yaml", "");
  EXPECT_TRUE(made.valid()) << validation_text(made);
  EXPECT_THAT(validation_text(made), HasSubstr("f.yaml: valid\n"));
}

TEST(ValidationTest, FindsAllThatIsWrongByLineAndField) {
  const Validation made = validate(api::bridge_with_route("qos: 7\ntopic: \"a b\""), "f.yaml", "");
  EXPECT_FALSE(made.valid());
  ASSERT_THAT(made.problems, SizeIs(2)) << validation_text(made);
  const std::string text = validation_text(made);
  EXPECT_THAT(text, HasSubstr("f.yaml:7:10: spec.mqttToKafka[0].qos: "));
  EXPECT_THAT(text, HasSubstr("f.yaml:8:"));
  EXPECT_THAT(text, testing::Not(HasSubstr("f.yaml: valid")));
}

TEST(ValidationTest, AsksLibrdkafkaAboutItsProperties) {
  const Validation made =
      validate(api::bridge_with_kafka("properties: {socket.timeout.ms: \"soon\"}"), "f.yaml", "");
  EXPECT_FALSE(made.valid());
  EXPECT_THAT(validation_text(made), HasSubstr("socket.timeout.ms"));
}

TEST(ValidationTest, AsksWhetherThereAreEnoughShards) {
  const Validation made = validate(
      "apiVersion: mqttkafka.io/v1alpha1\nkind: MqttKafkaBridge\nmetadata: {name: b}\n"
      "spec:\n  shards: 1\n  mqtt: {servers: [\"mqtt://h\"]}\n  kafka: {bootstrapServers: [\"h:9092\"]}\n"
      "  mqttToKafka:\n  - {name: a, filters: [a], topic: t}\n"
      "  - {name: s, filters: [s], topic: t, sharding: Shared}\n",
      "f.yaml", "");
  EXPECT_THAT(validation_text(made), HasSubstr("f.yaml: spec.shards: 1 shards are too few"));
}

TEST(ValidationTest, AsksForSecretsOnlyWhenItIsToldWhereTheyAre) {
  const std::string text = api::bridge_with_mqtt("auth: {secretRef: {name: login}}");
  EXPECT_TRUE(validate(text, "f.yaml", "").valid()) << validation_text(validate(text, "f.yaml", ""));
  const Validation made = validate(text, "f.yaml", "/nonexistent");
  EXPECT_FALSE(made.valid());
  EXPECT_THAT(validation_text(made), HasSubstr("/nonexistent/login"));
}

TEST(ValidationTest, JsonHasTheSame) {
  const auto all = validation_json({validate(api::bridge_with_route("qos: 7"), "bad.yaml", ""),
                                    validate(api::bridge_with_route("qos: 1"), "good.yaml", "")});
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0]["file"], "bad.yaml");
  EXPECT_EQ(all[0]["valid"], false);
  ASSERT_THAT(all[0]["problems"], SizeIs(1));
  EXPECT_EQ(all[0]["problems"][0]["line"], 7);
  EXPECT_EQ(all[0]["problems"][0]["path"], "spec.mqttToKafka[0].qos");
  EXPECT_NE(all[0]["problems"][0]["message"], "");
  EXPECT_EQ(all[1]["valid"], true);
  EXPECT_THAT(all[1]["problems"], IsEmpty());
}

}  // namespace
}  // namespace mkb::cli
