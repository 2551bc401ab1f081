#include "dataplane/route/record_renderer.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/route/murmur2.h"

namespace mkb::dataplane {
namespace {

using api::PartitionStrategy;
using mqtt::PropertyId;
using Lines = std::vector<std::string>;

class RecordRendererTest : public testing::Test {
 protected:
  RecordRendererTest() {
    publish_.topic = "vehicles/42/telemetry";
    publish_.payload = R"({"id": "v-42", "fleet": "north", "v": 3})";
    publish_.qos = 1;
    spec_.name = "telemetry";
    spec_.topic = "telemetry";
  }

  static CompiledRoute compiled(const api::MqttToKafkaRoute& spec) {
    auto route = CompiledRoute::compile(spec, 0);
    EXPECT_TRUE(route.ok());
    return std::move(*route);
  }

  void begin() { renderer_.begin(publish_.view(), "mkb-uid-7"); }

  /// Renders `spec_` for `publish_` into `record_`.
  std::optional<RenderFailure> render() {
    begin();
    route_ = compiled(spec_);
    return renderer_.render(*route_, record_);
  }

  void render_dead_letter(const DeadLetterCause& cause) {
    begin();
    route_ = compiled(spec_);
    renderer_.render_dead_letter(*route_, cause, record_);
  }

  Lines header_lines() const {
    Lines all;
    for (std::size_t i = 0; i < record_.headers->size(); ++i) {
      const RecordHeader header = (*record_.headers)[i];
      all.push_back(std::string(header.name) + "=" + std::string(header.value));
    }
    return all;
  }

  mqtt::Publish publish_;
  api::MqttToKafkaRoute spec_;
  RecordRenderer renderer_{"own-uid"};
  std::optional<CompiledRoute> route_;
  RenderedRecord record_;
};

TEST_F(RecordRendererTest, MakesARecordOfTopicPayloadAndHeaders) {
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_EQ(record_.topic, "telemetry");
  EXPECT_EQ(record_.key, std::nullopt);
  EXPECT_EQ(record_.value, publish_.payload);
  EXPECT_EQ(record_.value.data(), publish_.payload.data());
  EXPECT_TRUE(record_.partition.by_partitioner());
  EXPECT_EQ(header_lines(), (Lines{"mqtt.topic=vehicles/42/telemetry", "mqtt.qos=1", "mqtt.retain=false",
                                   "mkb-origin=own-uid", "mkb-hops=1"}));
}

TEST_F(RecordRendererTest, RendersTopicKeyAndHeaders) {
  spec_.topic = "telemetry.${topic[1]}";
  spec_.key = "${payload.id}/${clientid}";
  spec_.headers = {{"fleet", "${payload.fleet}"}, {"b", "literal"}, {"empty", ""}};
  publish_.properties.add_user_property("u", "1").add(PropertyId::kContentType, "application/json");
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_EQ(record_.topic, "telemetry.42");
  EXPECT_EQ(record_.key, "v-42/mkb-uid-7");
  EXPECT_EQ(header_lines(),
            (Lines{"u=1", "mqtt.topic=vehicles/42/telemetry", "mqtt.qos=1", "mqtt.retain=false",
                   "mqtt.content-type=application/json", "mkb-origin=own-uid", "mkb-hops=1", "b=literal",
                   "empty=", "fleet=north"}));
}

TEST_F(RecordRendererTest, AnEmptyKeyIsAKey) {
  spec_.key = "";
  ASSERT_EQ(render(), std::nullopt);
  ASSERT_TRUE(record_.key.has_value());
  EXPECT_EQ(*record_.key, "");
  EXPECT_NE(record_.key->data(), nullptr);

  spec_.key = "${userProperty.key}";
  publish_.properties.add_user_property("key", "");
  ASSERT_EQ(render(), std::nullopt);
  ASSERT_TRUE(record_.key.has_value());
  EXPECT_EQ(*record_.key, "");
  EXPECT_NE(record_.key->data(), nullptr);
}

TEST_F(RecordRendererTest, ARecordWithoutAKeyForgetsTheKeyBefore) {
  spec_.key = "k";
  ASSERT_EQ(render(), std::nullopt);
  spec_.key = std::nullopt;
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_EQ(record_.key, std::nullopt);
}

TEST_F(RecordRendererTest, AnEmptyPayloadIsAValue) {
  publish_.payload.clear();
  spec_.key = "${payload}";
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_EQ(record_.value, "");
  EXPECT_EQ(record_.key, "");
}

TEST_F(RecordRendererTest, ChoosesThePartitionAsTheRouteSays) {
  spec_.key = "${topic[1]}";
  spec_.partition = {PartitionStrategy::kFixed, 5};
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_TRUE(record_.partition.fixed());
  EXPECT_EQ(record_.partition.partition(12, 99), 5);

  spec_.partition = {PartitionStrategy::kRandom, 0};
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_EQ(record_.partition.partition(12, 99), 3);

  spec_.partition = {PartitionStrategy::kTopic, 0};
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_EQ(record_.partition.partition(12, 99), murmur2_partition("vehicles/42/telemetry", 12));

  spec_.partition = {PartitionStrategy::kKey, 0};
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_TRUE(record_.partition.by_partitioner());
}

TEST_F(RecordRendererTest, ATopicHashIsNeverNegative) {
  spec_.partition = {PartitionStrategy::kTopic, 0};
  publish_.topic = "21";  // murmur2 is negative
  ASSERT_LT(murmur2("21"), 0);
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_EQ(record_.partition.partition(1'000, 0), 340);
}

TEST_F(RecordRendererTest, FailsOnATopicWithoutAValue) {
  spec_.topic = "t.${payload.none}";
  const auto failure = render();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->reason, DropReason::kTemplate);
  EXPECT_EQ(failure->stage, "topic");
  EXPECT_EQ(failure->topic, "t.${payload.none}");
  EXPECT_EQ(failure->message, "route telemetry, topic: ${payload.none}: the payload has no such field");
}

TEST_F(RecordRendererTest, FailsOnATopicThatIsNoName) {
  for (const char* topic : {"a/b", "", "..", "caf\xc3\xa9"}) {
    spec_.topic = "${userProperty.to}";
    publish_.properties.clear();
    publish_.properties.add_user_property("to", topic);
    const auto failure = render();
    ASSERT_TRUE(failure.has_value()) << topic;
    EXPECT_EQ(failure->reason, DropReason::kInvalidTopic);
    EXPECT_EQ(failure->stage, "topic");
    EXPECT_EQ(failure->topic, topic);
    EXPECT_EQ(
        failure->message,
        "route telemetry, topic: ${userProperty.to} gives a name that Kafka does not allow (1 to 249 of "
        "a-z A-Z 0-9 . _ -)");
  }
}

TEST_F(RecordRendererTest, FailsOnAKeyWithoutAValue) {
  spec_.topic = "t.${topic[1]}";
  spec_.key = "${topic[3]}";
  const auto failure = render();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->reason, DropReason::kTemplate);
  EXPECT_EQ(failure->stage, "key");
  EXPECT_EQ(failure->topic, "t.42");
  EXPECT_EQ(failure->message, "route telemetry, key: ${topic[3]}: the MQTT topic has no such level");
}

TEST_F(RecordRendererTest, FailsOnAHeaderWithoutAValue) {
  spec_.headers = {{"a", "${qos}"}, {"b", "x${userProperty.none}"}, {"c", "${retain}"}};
  const auto failure = render();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->reason, DropReason::kTemplate);
  EXPECT_EQ(failure->stage, "headers");
  EXPECT_EQ(failure->topic, "telemetry");
  EXPECT_EQ(failure->message,
            "route telemetry, header b: ${userProperty.none}: the message has no such user property");
}

TEST_F(RecordRendererTest, RefusesItsOwnMessagesOnEveryRoute) {
  publish_.properties.add_user_property("mkb-origin", "own-uid").add_user_property("mkb-hops", "1");
  for (int i = 0; i < 2; ++i) {
    const auto failure = render();
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->reason, DropReason::kLoop);
    EXPECT_EQ(failure->stage, "loop");
    EXPECT_EQ(failure->topic, "telemetry");
    EXPECT_EQ(failure->message, "route telemetry: the message comes from this bridge");
  }
}

TEST_F(RecordRendererTest, RefusesMessagesThatHavePassedTooManyBridges) {
  publish_.properties.add_user_property("mkb-origin", "other").add_user_property("mkb-hops", "8");
  const auto failure = render();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->reason, DropReason::kLoop);
  EXPECT_EQ(failure->message, "route telemetry: the message has passed 8 bridges");
}

TEST_F(RecordRendererTest, CarriesOnAnotherBridgesMessage) {
  publish_.properties.add_user_property("mkb-origin", "other").add_user_property("mkb-hops", "7");
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_EQ(header_lines(), (Lines{"mqtt.topic=vehicles/42/telemetry", "mqtt.qos=1", "mqtt.retain=false",
                                   "mkb-origin=other", "mkb-hops=8"}));
  publish_.properties.clear();
  ASSERT_EQ(render(), std::nullopt);
  EXPECT_EQ(record_.headers->last("mkb-origin"), "own-uid");
}

TEST_F(RecordRendererTest, RoutesOfAMessageShareItsHeadersAndNothingElse) {
  const auto route = [](const char* name, const char* header, const char* value) {
    api::MqttToKafkaRoute spec;
    spec.name = name;
    spec.topic = name;
    spec.headers = {{header, value}};
    return compiled(spec);
  };
  const std::vector<CompiledRoute> routes = {route("r1", "one", "${payload.id}"),
                                             route("r2", "two", "x${payload.none}"),
                                             route("r3", "three", "${qos}")};
  publish_.properties.add_user_property("u", "x");
  for (int message = 0; message < 3; ++message) {
    publish_.topic = "t/" + std::to_string(message);
    begin();
    const Lines shared = {
        "u=x",       "mqtt.topic=" + publish_.topic, "mqtt.qos=1", "mqtt.retain=false", "mkb-origin=own-uid",
        "mkb-hops=1"};
    ASSERT_EQ(renderer_.render(routes[0], record_), std::nullopt);
    Lines first = shared;
    first.emplace_back("one=v-42");
    EXPECT_EQ(header_lines(), first);
    EXPECT_TRUE(renderer_.render(routes[1], record_).has_value());
    ASSERT_EQ(renderer_.render(routes[2], record_), std::nullopt);
    Lines third = shared;
    third.emplace_back("three=1");
    EXPECT_EQ(header_lines(), third);
    EXPECT_EQ(record_.topic, "r3");
  }
}

TEST_F(RecordRendererTest, DeadLettersCarryEverythingAndTheCause) {
  spec_.key = "${payload.id}";
  spec_.headers = {{"fleet", "${payload.fleet}"}};
  spec_.partition = {PartitionStrategy::kFixed, 40};
  spec_.on_error.dead_letter_topic = "telemetry.dlq";
  publish_.properties.add_user_property("mkb-dlq-reason", "forged").add_user_property("u", "x");
  render_dead_letter({DropReason::kTooLarge, "produce", "telemetry", "telemetry", "too large: 2 MB"});
  EXPECT_EQ(record_.topic, "telemetry.dlq");
  EXPECT_EQ(record_.key, "v-42");
  EXPECT_EQ(record_.value, publish_.payload);
  // The route's partition need not exist in the dead-letter topic.
  EXPECT_TRUE(record_.partition.by_partitioner());
  EXPECT_EQ(header_lines(),
            (Lines{"u=x", "mqtt.topic=vehicles/42/telemetry", "mqtt.qos=1", "mqtt.retain=false",
                   "mkb-origin=own-uid", "mkb-hops=1", "fleet=north", "mkb-dlq-reason=too_large",
                   "mkb-dlq-stage=produce", "mkb-dlq-route=telemetry", "mkb-dlq-topic=telemetry",
                   "mkb-dlq-error=too large: 2 MB"}));
}

TEST_F(RecordRendererTest, DeadLettersLeaveOutWhatHasNoValue) {
  spec_.key = "x${payload.none}";
  spec_.headers = {{"a", "${payload.none}"}, {"b", "${qos}"}, {"c", "x${topic[9]}"}};
  spec_.on_error.dead_letter_topic = "dlq";
  const auto failure = render();
  ASSERT_TRUE(failure.has_value());
  renderer_.render_dead_letter(
      *route_, {failure->reason, failure->stage, route_->name(), failure->topic, failure->message}, record_);
  EXPECT_EQ(record_.key, std::nullopt);
  EXPECT_EQ(header_lines(),
            (Lines{"mqtt.topic=vehicles/42/telemetry", "mqtt.qos=1", "mqtt.retain=false",
                   "mkb-origin=own-uid", "mkb-hops=1", "b=1", "mkb-dlq-reason=template", "mkb-dlq-stage=key",
                   "mkb-dlq-route=telemetry", "mkb-dlq-topic=telemetry",
                   "mkb-dlq-error=route telemetry, key: ${payload.none}: the payload has no such field"}));
}

TEST_F(RecordRendererTest, DeadLettersNameTheRenderedTopicThatWasRefused) {
  spec_.topic = "${topic}";
  spec_.on_error.dead_letter_topic = "dlq";
  const auto failure = render();
  ASSERT_TRUE(failure.has_value());
  renderer_.render_dead_letter(
      *route_, {failure->reason, failure->stage, route_->name(), failure->topic, failure->message}, record_);
  EXPECT_EQ(record_.topic, "dlq");
  EXPECT_EQ(record_.headers->last("mkb-dlq-topic"), "vehicles/42/telemetry");
}

TEST_F(RecordRendererTest, LoopingMessagesHaveDeadLettersToo) {
  publish_.properties.add_user_property("mkb-origin", "own-uid").add_user_property("mkb-hops", "2");
  spec_.on_error.dead_letter_topic = "dlq";
  const auto failure = render();
  ASSERT_TRUE(failure.has_value());
  renderer_.render_dead_letter(
      *route_, {failure->reason, failure->stage, route_->name(), failure->topic, failure->message}, record_);
  EXPECT_EQ(record_.headers->last("mkb-dlq-reason"), "loop");
  EXPECT_EQ(record_.headers->last("mkb-origin"), "own-uid");
  EXPECT_EQ(record_.headers->last("mkb-hops"), "3");
}

TEST_F(RecordRendererTest, ADeadLetterLeavesNothingToTheNextRecordOfTheMessage) {
  spec_.on_error.dead_letter_topic = "dlq";
  spec_.headers = {{"a", "${qos}"}};
  ASSERT_EQ(render(), std::nullopt);
  const Lines before = header_lines();
  renderer_.render_dead_letter(*route_, {DropReason::kRejected, "produce", "telemetry", "t", "e"}, record_);
  EXPECT_EQ(record_.headers->size(), before.size() + kDeadLetterHeaders);
  ASSERT_EQ(renderer_.render(*route_, record_), std::nullopt);
  EXPECT_EQ(header_lines(), before);
}

TEST_F(RecordRendererTest, RendersManyMessagesOfGrowingAndShrinkingSizes) {
  spec_.topic = "t.${topic[1]}";
  spec_.key = "${payload.id}";
  spec_.headers = {{"copy", "${payload.id}"}};
  route_ = compiled(spec_);
  for (const int size : {1, 5'000, 3, 70'000, 2, 10, 9'000, 0}) {
    const std::string id(static_cast<std::size_t>(size), 'x');
    publish_.topic = "a/" + std::to_string(size);
    publish_.payload = R"({"id":")" + id + R"("})";
    publish_.properties.clear();
    publish_.properties.add_user_property("p", std::to_string(size));
    begin();
    ASSERT_EQ(renderer_.render(*route_, record_), std::nullopt);
    EXPECT_EQ(record_.topic, "t." + std::to_string(size));
    EXPECT_EQ(record_.key, id);
    EXPECT_EQ(record_.headers->last("copy"), id);
    EXPECT_EQ(record_.headers->last("p"), std::to_string(size));
    EXPECT_EQ(record_.headers->size(), 7u);
  }
}

}  // namespace
}  // namespace mkb::dataplane
