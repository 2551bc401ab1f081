#include "dataplane/egress/message_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::dataplane {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::int64_t kNow = 1'700'000'100'000;

class MessageBuilderTest : public testing::Test {
 protected:
  MessageBuilderTest() {
    route.name = "r";
    route.topic = "t/${key}";
    record.topic = "commands";
    record.key = "k";
    record.value = "v";
    record.timestamp_ms = kNow - 100'000;
  }

  std::optional<BuildFailure> build() {
    auto builder = MessageBuilder::create(route, version, "self");
    EXPECT_TRUE(builder.ok()) << builder.error().message();
    return builder->build(record, kNow, message);
  }
  void expect_failure(DropReason reason, const std::string& stage, const std::string& text) {
    const auto failure = build();
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->reason, reason);
    EXPECT_EQ(failure->stage, stage);
    EXPECT_THAT(failure->text, HasSubstr(text));
  }

  api::KafkaToMqttRoute route;
  api::MqttVersion version = api::MqttVersion::k5;
  ConsumedRecord record;
  OutgoingMessage message;
};

TEST_F(MessageBuilderTest, HeadersBecomeUserPropertiesInTheirOrder) {
  record.headers = {{"b", "1"}, {"a", "2"}, {"b", "3"}, {"", "unnamed"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_THAT(message.user_properties,
              ElementsAre(Pair("b", "1"), Pair("a", "2"), Pair("b", "3"), Pair("", "unnamed"),
                          Pair("mkb-origin", "self"), Pair("mkb-hops", "1")));
}

TEST_F(MessageBuilderTest, MqttHeadersBecomeWhatTheyWereMadeOf) {
  record.headers = {{"mqtt.topic", "old"},
                    {"mqtt.qos", "2"},
                    {"mqtt.content-type", "json"},
                    {"mqtt.response-topic", "answers/1"},
                    {"mqtt.correlation-data", std::string_view("\0\xff", 2)},
                    {"mqtt.payload-format-indicator", "1"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.content_type, "json");
  EXPECT_EQ(message.response_topic, "answers/1");
  EXPECT_EQ(message.correlation_data, std::string("\0\xff", 2));
  EXPECT_TRUE(message.utf8_payload);
  EXPECT_EQ(message.user_properties.size(), 2U) << "only those of the passage";
}

TEST_F(MessageBuilderTest, WhatMqttCannotCarryIsLeftOut) {
  const std::string large(70'000, 'x');
  record.headers = {{"bytes", "\xff\xfe"},
                    {"large", large},
                    {"mqtt.response-topic", "a/+"},
                    {"mqtt.content-type", std::string_view("a\0b", 3)},
                    {"mqtt.payload-format-indicator", "1"}};
  record.value = "\xff";
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.user_properties.size(), 2U);
  EXPECT_EQ(message.response_topic, std::nullopt);
  EXPECT_EQ(message.content_type, std::nullopt);
  EXPECT_FALSE(message.utf8_payload) << "the payload is no text, whatever the header says";
}

TEST_F(MessageBuilderTest, Mqtt311CarriesTopicAndPayloadOnly) {
  version = api::MqttVersion::k311;
  record.headers = {{"a", "1"}, {"mqtt.content-type", "json"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.topic, "t/k");
  EXPECT_THAT(message.user_properties, IsEmpty());
  EXPECT_EQ(message.content_type, std::nullopt);
}

TEST_F(MessageBuilderTest, QosAndRetainMayComeFromTheRecord) {
  route.qos = "${headers.mqtt.qos}";
  route.retain = "${headers.mqtt.retain}";
  record.headers = {{"mqtt.qos", "2"}, {"mqtt.retain", "true"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.qos, 2);
  EXPECT_TRUE(message.retain);
  record.headers = {{"mqtt.qos", "3"}, {"mqtt.retain", "true"}};
  expect_failure(DropReason::kTemplate, "qos", "other than 0, 1 or 2");
  record.headers = {{"mqtt.qos", "1"}, {"mqtt.retain", "yes"}};
  expect_failure(DropReason::kTemplate, "retain", "other than true or false");
  record.headers = {{"mqtt.qos", "1"}};
  expect_failure(DropReason::kTemplate, "retain", "no such header");
}

TEST_F(MessageBuilderTest, ExpiryIsShortenedByTheTimeInKafka) {
  record.headers = {{"mqtt.expiry", "1000"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.expiry_seconds, 900U);
  record.headers = {{"mqtt.expiry", "101"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.expiry_seconds, 1U);
  record.headers = {{"mqtt.expiry", "100"}};
  expect_failure(DropReason::kExpired, "expiry", "100 s old, valid for 100 s");
}

TEST_F(MessageBuilderTest, TheRoutesExpiryIsForRecordsWithoutTheirOwn) {
  route.message_expiry = std::chrono::seconds(300);
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.expiry_seconds, 200U);
  record.headers = {{"mqtt.expiry", "5000"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.expiry_seconds, 4900U);
  record.headers = {{"mqtt.expiry", "soon"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.expiry_seconds, 200U) << "a header that is no number is none";
  record.headers = {{"mqtt.expiry", "99999999999999999999999"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.expiry_seconds, 0xFFFFFFFFU);
}

TEST_F(MessageBuilderTest, ARecordFromTheFutureOrWithoutATimeKeepsItsExpiry) {
  record.headers = {{"mqtt.expiry", "10"}};
  for (const std::int64_t timestamp : {kNow + 5000, std::int64_t{0}, std::int64_t{-1}}) {
    record.timestamp_ms = timestamp;
    ASSERT_EQ(build(), std::nullopt);
    EXPECT_EQ(message.expiry_seconds, 10U);
  }
}

TEST_F(MessageBuilderTest, TheFirstOriginIsKeptAndHopsAreCounted) {
  record.headers = {{"mkb-origin", "other"}, {"mkb-hops", "2"}, {"mkb-dlq-reason", "x"}};
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_THAT(message.user_properties, ElementsAre(Pair("mkb-origin", "other"), Pair("mkb-hops", "3")));
}

TEST_F(MessageBuilderTest, ItsOwnRecordsAndThoseOfTooManyBridgesGoNoFurther) {
  record.headers = {{"mkb-origin", "other"}, {"mkb-origin", "self"}};
  expect_failure(DropReason::kLoop, "loop", "names this bridge");
  record.headers = {{"mkb-origin", "other"}, {"mkb-hops", "8"}};
  expect_failure(DropReason::kLoop, "loop", "8 bridges");
  record.headers = {{"mkb-hops", "99999999999999999999999"}};
  expect_failure(DropReason::kLoop, "loop", "has passed");
}

TEST_F(MessageBuilderTest, UserPropertiesOfTheRoute) {
  route.user_properties = {{"offset", "${offset}"}, {"of", "${value.a}"}};
  record.offset = 7;
  record.value = R"({"a":"b"})";
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_THAT(message.user_properties, testing::IsSupersetOf({Pair("of", "b"), Pair("offset", "7")}));
  record.value = "{}";
  expect_failure(DropReason::kTemplate, "user_properties", "of: ${value.a}");
}

TEST_F(MessageBuilderTest, ATombstoneHasAnEmptyPayload) {
  record.value.reset();
  route.retain = "true";
  ASSERT_EQ(build(), std::nullopt);
  EXPECT_EQ(message.payload, "");
  EXPECT_TRUE(message.retain);
}

TEST_F(MessageBuilderTest, AMessageLeavesNothingToTheNext) {
  auto builder = MessageBuilder::create(route, version, "self");
  ASSERT_TRUE(builder.ok());
  record.headers = {{"mqtt.expiry", "1000"}, {"mqtt.content-type", "json"}, {"a", "b"}, {"mkb-origin", "o"}};
  ASSERT_EQ(builder->build(record, kNow, message), std::nullopt);
  record.headers.clear();
  ASSERT_EQ(builder->build(record, kNow, message), std::nullopt);
  EXPECT_EQ(message.expiry_seconds, std::nullopt);
  EXPECT_EQ(message.content_type, std::nullopt);
  EXPECT_THAT(message.user_properties, ElementsAre(Pair("mkb-origin", "self"), Pair("mkb-hops", "1")));
}

}  // namespace
}  // namespace mkb::dataplane
