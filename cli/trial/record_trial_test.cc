#include "cli/trial/record_trial.h"

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

constexpr std::int64_t kNow = 1'795'514'400'000;

std::vector<RouteTrial<dataplane::OutgoingMessage>> trials(const std::string& lines,
                                                           const TrialInput& input) {
  auto made = try_record(api::spec_of(api::bridge_with_egress_routes(lines)), input, kNow);
  EXPECT_TRUE(made.ok()) << made.error().message();
  return made.ok() ? std::move(*made) : std::vector<RouteTrial<dataplane::OutgoingMessage>>();
}

TEST(RecordTrialTest, ShowsTheMessageOfEveryRouteThatReadsTheTopic) {
  const auto made = trials(
      "- {name: one, topics: [commands], topic: \"v/${key}/cmd\", qos: 2, retain: true, groupId: a}\n"
      "- {name: two, topics: [\"^com.*\"], topic: all, groupId: b}\n"
      "- {name: three, topics: [com], topic: none, groupId: c}\n",
      {"commands", "7", "stop", {{"trace", "abc"}}});
  ASSERT_THAT(made, SizeIs(2));
  EXPECT_EQ(made[0].route, "one");
  EXPECT_EQ(made[0].made->topic, "v/7/cmd");
  EXPECT_EQ(made[0].made->payload, "stop");
  EXPECT_EQ(made[0].made->qos, 2);
  EXPECT_TRUE(made[0].made->retain);
  EXPECT_THAT(made[0].made->user_properties, Contains(Pair("trace", "abc")));
  EXPECT_EQ(made[1].route, "two");
  EXPECT_EQ(made[1].made->topic, "all");
}

TEST(RecordTrialTest, NobodyReadsTheTopic) {
  EXPECT_THAT(trials("- {name: one, topics: [commands], topic: cmd}\n", {"other", "k", "v", {}}), IsEmpty());
}

TEST(RecordTrialTest, SaysWhatOnErrorDoes) {
  const auto failure_of = [](const std::string& on_error, NamedValues headers = {}) {
    const auto made = trials("- {name: one, topics: [c], topic: \"v/${key}\"" + on_error + "}\n",
                             {"c", "a/#", "v", std::move(headers)});
    EXPECT_THAT(made, SizeIs(1));
    EXPECT_TRUE(made[0].failure);
    EXPECT_FALSE(made[0].made);
    return made[0].failure.value_or(TrialFailure());
  };
  const TrialFailure blocked = failure_of("");
  EXPECT_EQ(blocked.stage, "topic");
  EXPECT_THAT(blocked.text, HasSubstr("route one: "));
  EXPECT_THAT(blocked.consequence, HasSubstr("Block"));
  EXPECT_THAT(failure_of(", onError: {action: Drop}").consequence, HasSubstr("Drop"));
  EXPECT_THAT(failure_of(", onError: {deadLetterTopic: dlq}").consequence,
              HasSubstr("dead-letter topic dlq"));
  EXPECT_EQ(failure_of(", onError: {deadLetterTopic: dlq}", {{"mkb-hops", "8"}}).reason, "loop");
}

TEST(RecordTrialTest, AnExpiredRecordIsDropped) {
  const auto made = trials("- {name: one, topics: [c], topic: cmd, onError: {deadLetterTopic: dlq}}\n",
                           {"c", "k", "v", {{"mqtt.expiry", "0"}}});
  ASSERT_TRUE(made[0].failure);
  EXPECT_EQ(made[0].failure->reason, "expired");
  EXPECT_THAT(made[0].failure->consequence, HasSubstr("dropped"));
}

}  // namespace
}  // namespace mkb::cli
