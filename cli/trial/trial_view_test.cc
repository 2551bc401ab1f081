#include "cli/trial/trial_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/trial/test_command.h"

namespace mkb::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(PrintableTest, KeepsTextAndEscapesTheRest) {
  EXPECT_EQ(printable("größe"), "größe");
  EXPECT_EQ(printable("a\nb\x7F"), "a\\x0Ab\\x7F");
  EXPECT_EQ(printable(std::string("\0\xFF", 2)), "\\x00\\xFF");
  EXPECT_EQ(printable("a\\x41"), "a\\\\x41") << "what looks like an escape is none";
}

TEST(TrialViewTest, ShowsARecord) {
  RouteTrial<TrialRecord> trial;
  trial.route = "telemetry";
  trial.made = TrialRecord{"fleet", "7", "by the key", {{"mqtt.topic", "v/7"}, {"mqtt.qos", "1"}}, "{}"};
  EXPECT_EQ(message_trial_text({trial}),
            "route telemetry\n"
            "  Kafka topic fleet\n"
            "  key         7\n"
            "  partition   by the key\n"
            "  headers     mqtt.topic = v/7\n"
            "              mqtt.qos = 1\n"
            "  value       {}\n");
  trial.made->key.reset();
  EXPECT_THAT(message_trial_text({trial, trial}), HasSubstr("key         (none)"));
  EXPECT_THAT(message_trial_text({trial, trial}), HasSubstr("{}\n\nroute telemetry\n"));
  EXPECT_EQ(message_trial_text({}), "no route matches this topic\n");
}

TEST(TrialViewTest, ShowsAFailure) {
  RouteTrial<TrialRecord> trial;
  trial.route = "telemetry";
  trial.failure = TrialFailure{"template", "key", "route telemetry, key: no JSON", "it is dropped"};
  EXPECT_EQ(message_trial_text({trial}),
            "route telemetry\n"
            "  error       route telemetry, key: no JSON (template, at key)\n"
            "  so          it is dropped\n");
}

TEST(TrialViewTest, ShowsAMessage) {
  RouteTrial<dataplane::OutgoingMessage> trial;
  trial.route = "commands";
  trial.made.emplace();
  trial.made->topic = "v/7/cmd";
  trial.made->payload = "stop";
  trial.made->expiry_seconds = 60;
  trial.made->user_properties = {{"mkb-hops", "1"}};
  EXPECT_EQ(record_trial_text({trial}),
            "route commands\n"
            "  MQTT topic  v/7/cmd\n"
            "  QoS         1\n"
            "  retain      false\n"
            "  expires in  60 s\n"
            "  properties  mkb-hops = 1\n"
            "  payload     stop\n");
  EXPECT_EQ(record_trial_text({}), "no route reads this topic\n");
}

TEST(ParseNamedValuesTest, TheFirstEqualsSignCounts) {
  const auto values = parse_named_values({"a=b=c", "d="});
  ASSERT_TRUE(values.ok());
  EXPECT_THAT(*values, ElementsAre(Pair("a", "b=c"), Pair("d", "")));
  for (const char* text : {"a", "=b", ""}) EXPECT_FALSE(parse_named_values({text}).ok()) << text;
}

}  // namespace
}  // namespace mkb::cli
