#include "dataplane/route/message_headers.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt/publish.h"

namespace mkb::dataplane {
namespace {

using mqtt::PropertyId;
using Lines = std::vector<std::string>;

Lines lines(const RecordHeaders& headers) {
  Lines all;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    all.push_back(std::string(headers[i].name) + "=" + std::string(headers[i].value));
  }
  return all;
}

Lines message_headers(const mqtt::Publish& publish) {
  const mqtt::PublishView view = publish.view();
  RecordHeaders headers;
  append_message_headers(view, headers);
  return lines(headers);
}

Passage passage_of(const mqtt::Properties& properties) {
  return read_passage(properties.view(), "own-uid");
}

Lines passage_headers(const Passage& passage) {
  RecordHeaders headers;
  append_passage_headers(passage, "own-uid", headers);
  return lines(headers);
}

TEST(MessageHeaders, OfAPlainMessage) {
  mqtt::Publish publish;
  publish.topic = "a/b";
  EXPECT_EQ(message_headers(publish), (Lines{"mqtt.topic=a/b", "mqtt.qos=0", "mqtt.retain=false"}));
  publish.qos = 1;
  publish.retain = true;
  EXPECT_EQ(message_headers(publish), (Lines{"mqtt.topic=a/b", "mqtt.qos=1", "mqtt.retain=true"}));
  publish.qos = 2;
  EXPECT_EQ(message_headers(publish), (Lines{"mqtt.topic=a/b", "mqtt.qos=2", "mqtt.retain=true"}));
}

TEST(MessageHeaders, CarryEveryPropertyOfAPublishThatMeansSomethingBeyondTheBroker) {
  mqtt::Publish publish;
  publish.topic = "t";
  publish.properties.add(PropertyId::kPayloadFormatIndicator, 1)
      .add(PropertyId::kMessageExpiryInterval, 4'294'967'295)
      .add(PropertyId::kContentType, "application/json")
      .add(PropertyId::kResponseTopic, "answers/1")
      .add(PropertyId::kCorrelationData, std::string_view("\0\xff", 2))
      .add(PropertyId::kSubscriptionIdentifier, 5)
      .add(PropertyId::kTopicAlias, 3);
  EXPECT_EQ(
      message_headers(publish),
      (Lines{"mqtt.topic=t", "mqtt.qos=0", "mqtt.retain=false", "mqtt.payload-format-indicator=1",
             "mqtt.expiry=4294967295", "mqtt.content-type=application/json", "mqtt.response-topic=answers/1",
             std::string("mqtt.correlation-data=") + std::string("\0\xff", 2)}));
}

TEST(MessageHeaders, KeepUserPropertiesInOrderAndBeforeTheBridgesOwn) {
  mqtt::Publish publish;
  publish.topic = "t";
  publish.properties.add_user_property("b", "1")
      .add(PropertyId::kContentType, "text/plain")
      .add_user_property("a", "2")
      .add_user_property("b", "")
      .add_user_property("mqtt.topic", "forged");
  EXPECT_EQ(message_headers(publish),
            (Lines{"b=1", "a=2", "b=", "mqtt.topic=forged", "mqtt.topic=t", "mqtt.qos=0", "mqtt.retain=false",
                   "mqtt.content-type=text/plain"}));
  RecordHeaders headers;
  append_message_headers(publish.view(), headers);
  EXPECT_EQ(headers.last("mqtt.topic"), "t");
}

TEST(MessageHeaders, LeaveOutWhatBelongsToBridges) {
  mqtt::Publish publish;
  publish.topic = "t";
  publish.properties.add_user_property("mkb-origin", "x")
      .add_user_property("mkb-hops", "1")
      .add_user_property("mkb-dlq-reason", "x")
      .add_user_property("mkb-", "x")
      .add_user_property("mkb", "kept")
      .add_user_property("MKB-a", "kept");
  EXPECT_EQ(message_headers(publish),
            (Lines{"mkb=kept", "MKB-a=kept", "mqtt.topic=t", "mqtt.qos=0", "mqtt.retain=false"}));
}

TEST(MessageHeaders, ViewTheMessageWithoutCopying) {
  mqtt::Publish publish;
  publish.topic = "t";
  publish.properties.add_user_property("name", "value");
  const mqtt::PublishView view = publish.view();
  RecordHeaders headers;
  append_message_headers(view, headers);
  const std::string_view bytes = view.properties.bytes();
  EXPECT_GE(headers[0].value.data(), bytes.data());
  EXPECT_LT(headers[0].value.data(), bytes.data() + bytes.size());
  EXPECT_EQ(headers.last("mqtt.topic")->data(), publish.topic.data());
}

TEST(Passage, StartsAtTheFirstBridge) {
  const Passage passage = passage_of({});
  EXPECT_EQ(passage.origin, "");
  EXPECT_EQ(passage.hops, 0u);
  EXPECT_FALSE(passage.own);
  EXPECT_FALSE(passage.loop());
  EXPECT_EQ(passage_headers(passage), (Lines{"mkb-origin=own-uid", "mkb-hops=1"}));
}

TEST(Passage, KeepsTheFirstOriginAndCountsOn) {
  mqtt::Properties properties;
  properties.add_user_property("mkb-origin", "first")
      .add_user_property("mkb-origin", "second")
      .add_user_property("mkb-hops", "2");
  const Passage passage = passage_of(properties);
  EXPECT_EQ(passage.origin, "first");
  EXPECT_EQ(passage.hops, 2u);
  EXPECT_FALSE(passage.loop());
  EXPECT_EQ(passage_headers(passage), (Lines{"mkb-origin=first", "mkb-hops=3"}));
}

TEST(Passage, OfThisBridgesOwnMessagesIsALoopWhereverItsNameStands) {
  mqtt::Properties alone;
  alone.add_user_property("mkb-origin", "own-uid");
  EXPECT_TRUE(passage_of(alone).own);
  EXPECT_TRUE(passage_of(alone).loop());
  mqtt::Properties later;
  later.add_user_property("mkb-origin", "other").add_user_property("mkb-origin", "own-uid");
  EXPECT_TRUE(passage_of(later).loop());
  mqtt::Properties earlier;
  earlier.add_user_property("mkb-origin", "own-uid").add_user_property("mkb-origin", "other");
  EXPECT_TRUE(passage_of(earlier).loop());
  EXPECT_EQ(passage_of(later).origin, "other");
}

TEST(Passage, IsNotTheBridgesOwnWithAnotherNameOrProperty) {
  mqtt::Properties properties;
  properties.add_user_property("mkb-origin", "own-uid2")
      .add_user_property("mkb-origin", "own-ui")
      .add_user_property("mkb-origin", "")
      .add_user_property("origin", "own-uid")
      .add(PropertyId::kContentType, "mkb-origin");
  EXPECT_FALSE(passage_of(properties).own);
  EXPECT_FALSE(passage_of(properties).loop());
}

TEST(Passage, AnEmptyOriginIsNone) {
  mqtt::Properties properties;
  properties.add_user_property("mkb-origin", "").add_user_property("mkb-origin", "second");
  EXPECT_EQ(passage_of(properties).origin, "second");
}

TEST(Passage, EndsAfterEightBridges) {
  for (const std::uint32_t hops : {0u, 1u, 7u, 8u, 9u, 1'000u}) {
    mqtt::Properties properties;
    properties.add_user_property("mkb-origin", "other").add_user_property("mkb-hops", std::to_string(hops));
    EXPECT_EQ(passage_of(properties).hops, hops);
    EXPECT_EQ(passage_of(properties).loop(), hops >= 8) << hops;
  }
}

TEST(Passage, OfSeveralHopsTheHighestCounts) {
  mqtt::Properties properties;
  for (const char* hops : {"3", "8", "1"}) {
    properties.add_user_property("mkb-hops", hops);
  }
  EXPECT_EQ(passage_of(properties).hops, 8u);
}

TEST(Passage, HopsThatAreNoNumberCountAsNone) {
  for (const char* hops : {"", "x", "9x", " 9", "9 ", "-9", "+9", "0x9", "9.0"}) {
    mqtt::Properties properties;
    properties.add_user_property("mkb-hops", hops);
    EXPECT_EQ(passage_of(properties).hops, 0u) << hops;
  }
}

TEST(Passage, HopsBeyondTheirTypeStillEndTheMessage) {
  for (const char* hops : {"4294967295", "4294967296", "99999999999999999999999999"}) {
    mqtt::Properties properties;
    properties.add_user_property("mkb-hops", hops);
    EXPECT_TRUE(passage_of(properties).loop()) << hops;
  }
  mqtt::Properties properties;
  properties.add_user_property("mkb-hops", "99999999999999999999x");
  EXPECT_FALSE(passage_of(properties).loop());
}

TEST(Passage, TheHighestCountIsWrittenWithoutOverflow) {
  EXPECT_EQ(passage_headers({"o", 4'294'967'295, false}), (Lines{"mkb-origin=o", "mkb-hops=4294967296"}));
}

TEST(Passage, ChainsOfBridgesEndAfterEight) {
  mqtt::Properties properties;
  int carried = 0;
  while (!passage_of(properties).loop() && carried < 100) {
    const std::string uid = "bridge-" + std::to_string(carried);
    RecordHeaders headers;
    append_passage_headers(read_passage(properties.view(), uid), uid, headers);
    mqtt::Properties next;
    for (std::size_t i = 0; i < headers.size(); ++i) {
      next.add_user_property(headers[i].name, headers[i].value);
    }
    properties = next;
    ++carried;
    EXPECT_EQ(passage_of(properties).origin, "bridge-0");
  }
  EXPECT_EQ(carried, 8);
}

}  // namespace
}  // namespace mkb::dataplane
