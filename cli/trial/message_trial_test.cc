#include "cli/trial/message_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sample_bridge.h"

namespace mkb::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::vector<RouteTrial<TrialRecord>> trials(const api::BridgeSpec& spec, const TrialMessage& message) {
  auto made = try_message(spec, message);
  EXPECT_TRUE(made.ok()) << made.error().message();
  return made.ok() ? std::move(*made) : std::vector<RouteTrial<TrialRecord>>();
}

api::BridgeSpec routes(const std::string& lines, const std::string& version = "5") {
  return api::spec_of(api::bridge_with_routes(lines, version));
}

TEST(MessageTrialTest, ShowsTheRecordOfEveryRouteThatMatches) {
  const api::BridgeSpec spec = routes(
      "- {name: raw, filters: [\"v/#\"], topic: raw}\n"
      "- {name: other, filters: [\"w/#\"], topic: other}\n"
      "- {name: kind, filters: [v/+/t], topic: \"fleet.${topic[2]}\", key: \"${topic[1]}\",\n"
      "   headers: {temp: \"${payload.t}\"}, partition: {strategy: Fixed, partition: 3}}\n");
  const auto made = trials(spec, {"v/7/t", R"({"t": 21.5})", 1, false, {{"trace", "abc"}}});
  ASSERT_THAT(made, SizeIs(2));
  EXPECT_EQ(made[0].route, "raw");
  EXPECT_EQ(made[0].made->topic, "raw");
  EXPECT_EQ(made[0].made->key, std::nullopt);
  EXPECT_EQ(made[0].made->partition, "any, because there is no key");
  EXPECT_EQ(made[1].route, "kind");
  EXPECT_EQ(made[1].made->topic, "fleet.t");
  EXPECT_EQ(made[1].made->key, "7");
  EXPECT_EQ(made[1].made->partition, "3");
  EXPECT_EQ(made[1].made->value, R"({"t": 21.5})");
  EXPECT_THAT(made[1].made->headers, Contains(Pair("trace", "abc")));
  EXPECT_THAT(made[1].made->headers, Contains(Pair("temp", "21.5")));
  EXPECT_THAT(made[1].made->headers, Contains(Pair("mqtt.topic", "v/7/t")));
}

TEST(MessageTrialTest, IncludesSharedRoutes) {
  const api::BridgeSpec spec = routes(
      "- {name: shared, filters: [\"v/#\"], topic: t, sharding: Shared}\n"
      "- {name: own, filters: [\"v/+\"], topic: t}\n");
  const auto made = trials(spec, {"v/7", "", 1, false, {}});
  ASSERT_THAT(made, SizeIs(2));
  EXPECT_EQ(made[0].route, "shared");
  EXPECT_EQ(made[1].route, "own");
}

TEST(MessageTrialTest, TheLowerQosCounts) {
  const api::BridgeSpec spec = routes("- {name: r, filters: [a], topic: t, qos: 1}\n");
  EXPECT_THAT(trials(spec, {"a", "", 2, false, {}})[0].made->headers, Contains(Pair("mqtt.qos", "1")));
  EXPECT_THAT(trials(spec, {"a", "", 0, true, {}})[0].made->headers, Contains(Pair("mqtt.qos", "0")));
  EXPECT_THAT(trials(spec, {"a", "", 0, true, {}})[0].made->headers, Contains(Pair("mqtt.retain", "true")));
}

TEST(MessageTrialTest, NothingMatches) {
  EXPECT_THAT(trials(routes("- {name: r, filters: [a], topic: t}\n"), {"b", "", 1, false, {}}), IsEmpty());
}

TEST(MessageTrialTest, SaysWhatOnErrorDoes) {
  const auto failure_of = [](const std::string& on_error, int qos) {
    const auto made =
        trials(routes("- {name: r, filters: [a], topic: t, key: \"${payload.id}\"" + on_error + "}\n"),
               {"a", "no JSON", qos, false, {}});
    EXPECT_THAT(made, SizeIs(1));
    EXPECT_TRUE(made[0].failure);
    return made[0];
  };
  const auto blocked = failure_of("", 1);
  EXPECT_EQ(blocked.failure->reason, "template");
  EXPECT_EQ(blocked.failure->stage, "key");
  EXPECT_THAT(blocked.failure->text, HasSubstr("route r, key: "));
  EXPECT_THAT(blocked.failure->consequence, HasSubstr("Block"));
  EXPECT_FALSE(blocked.made);
  EXPECT_THAT(failure_of("", 0).failure->consequence, HasSubstr("QoS 0"));
  EXPECT_THAT(failure_of(", onError: {action: Drop}", 1).failure->consequence, HasSubstr("Drop"));
  const auto letter = failure_of(", onError: {deadLetterTopic: dlq}", 1);
  EXPECT_THAT(letter.failure->consequence, HasSubstr("dead-letter topic"));
  ASSERT_TRUE(letter.made);
  EXPECT_EQ(letter.made->topic, "dlq");
  EXPECT_EQ(letter.made->value, "no JSON");
  EXPECT_THAT(letter.made->headers, Contains(Pair("mkb-dlq-stage", "key")));
}

TEST(MessageTrialTest, ALoopIsDroppedWhateverOnErrorSays) {
  const api::BridgeSpec spec =
      routes("- {name: r, filters: [a], topic: t, onError: {deadLetterTopic: dlq}}\n");
  const auto made = trials(spec, {"a", "", 1, false, {{"mkb-origin", spec.uid}}});
  ASSERT_TRUE(made[0].failure);
  EXPECT_EQ(made[0].failure->reason, "loop");
  EXPECT_THAT(made[0].failure->consequence, HasSubstr("dropped"));
  EXPECT_FALSE(made[0].made);
}

TEST(MessageTrialTest, RefusesWhatNobodyCanPublish) {
  const api::BridgeSpec spec = routes("- {name: r, filters: [a], topic: t}\n", "3.1.1");
  for (const char* topic : {"", "a/+", "#"}) {
    const auto made = try_message(spec, {topic, "", 1, false, {}});
    ASSERT_FALSE(made.ok()) << topic;
    EXPECT_TRUE(made.error().is(TrialError::kBadInput));
  }
  const auto made = try_message(spec, {"a", "", 1, false, {{"x", "y"}}});
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message(), HasSubstr("MQTT 3.1.1"));
}

}  // namespace
}  // namespace mkb::cli
