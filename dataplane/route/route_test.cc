#include "dataplane/route/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mkb::dataplane {
namespace {

using testing::HasSubstr;

api::MqttToKafkaRoute a_route() {
  api::MqttToKafkaRoute route;
  route.name = "telemetry";
  route.filters = {"vehicles/+/telemetry"};
  route.topic = "telemetry";
  return route;
}

TEST(CompiledRoute, KeepsWhatTheResourceSays) {
  api::MqttToKafkaRoute route = a_route();
  route.topic = "t.${topic[1]}";
  route.key = "${payload.id}";
  route.partition = {api::PartitionStrategy::kFixed, 4};
  route.headers = {{"fleet", "${payload.fleet}"}, {"a", "literal"}};
  route.on_error = {"telemetry.dlq", api::OnErrorAction::kDrop};
  const auto compiled = CompiledRoute::compile(route, 3);
  ASSERT_TRUE(compiled.ok());
  EXPECT_EQ(compiled->index(), 3u);
  EXPECT_EQ(compiled->name(), "telemetry");
  EXPECT_EQ(compiled->topic().text(), "t.${topic[1]}");
  EXPECT_FALSE(compiled->has_literal_topic());
  ASSERT_TRUE(compiled->key().has_value());
  EXPECT_EQ(compiled->key()->text(), "${payload.id}");
  EXPECT_EQ(compiled->partition().strategy, api::PartitionStrategy::kFixed);
  EXPECT_EQ(compiled->partition().fixed, 4);
  ASSERT_EQ(compiled->headers().size(), 2u);
  EXPECT_EQ(compiled->headers()[0].name, "a");
  EXPECT_EQ(compiled->headers()[0].value.literal(), "literal");
  EXPECT_EQ(compiled->headers()[1].name, "fleet");
  EXPECT_EQ(compiled->headers()[1].value.text(), "${payload.fleet}");
  EXPECT_EQ(compiled->on_error().dead_letter_topic, "telemetry.dlq");
  EXPECT_EQ(compiled->on_error().action, api::OnErrorAction::kDrop);
}

TEST(CompiledRoute, TellsNoKeyFromAnEmptyOne) {
  api::MqttToKafkaRoute route = a_route();
  EXPECT_FALSE(CompiledRoute::compile(route, 0)->key().has_value());
  route.key = "";
  ASSERT_TRUE(CompiledRoute::compile(route, 0)->key().has_value());
  EXPECT_EQ(CompiledRoute::compile(route, 0)->key()->literal(), "");
}

TEST(CompiledRoute, ALiteralTopicIsCheckedAtOnce) {
  api::MqttToKafkaRoute route = a_route();
  EXPECT_TRUE(CompiledRoute::compile(route, 0)->has_literal_topic());
  for (const char* topic : {"a/b", "", "..", "a$$b"}) {
    route.topic = topic;
    const auto compiled = CompiledRoute::compile(route, 0);
    ASSERT_FALSE(compiled.ok()) << topic;
    EXPECT_TRUE(compiled.error().is(RouteError::kInvalidTopic)) << topic;
    EXPECT_THAT(compiled.error().message(), HasSubstr("route 'telemetry': topic: '"));
  }
}

TEST(CompiledRoute, ErrorsNameTheRouteAndTheField) {
  const auto message_of = [](const api::MqttToKafkaRoute& route) {
    const auto compiled = CompiledRoute::compile(route, 0);
    if (compiled.ok()) {
      return std::string("no error");
    }
    EXPECT_TRUE(compiled.error().is(RouteError::kTemplate));
    return compiled.error().message();
  };
  api::MqttToKafkaRoute topic = a_route();
  topic.topic = "${x}";
  EXPECT_THAT(message_of(topic), HasSubstr("route 'telemetry': topic: character 3: unknown variable"));
  api::MqttToKafkaRoute key = a_route();
  key.key = "$";
  EXPECT_THAT(message_of(key), HasSubstr("route 'telemetry': key: character 1"));
  api::MqttToKafkaRoute header = a_route();
  header.headers = {{"good", "x"}, {"zbad", "${"}};
  EXPECT_THAT(message_of(header), HasSubstr("route 'telemetry': headers.zbad: character 1"));
}

TEST(CompileRoutes, NumbersThemInTheirOrder) {
  api::BridgeSpec spec;
  for (const char* name : {"c", "a", "b"}) {
    spec.mqtt_to_kafka.push_back(a_route());
    spec.mqtt_to_kafka.back().name = name;
  }
  const auto routes = compile_routes(spec);
  ASSERT_TRUE(routes.ok());
  ASSERT_EQ(routes->size(), 3u);
  EXPECT_EQ((*routes)[0].name(), "c");
  EXPECT_EQ((*routes)[2].name(), "b");
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*routes)[i].index(), i);
  }
}

TEST(CompileRoutes, FailsOnTheFirstError) {
  api::BridgeSpec spec;
  EXPECT_TRUE(compile_routes(spec)->empty());
  spec.mqtt_to_kafka = {a_route(), a_route(), a_route()};
  spec.mqtt_to_kafka[1].name = "broken";
  spec.mqtt_to_kafka[1].topic = "a b";
  spec.mqtt_to_kafka[2].topic = "${";
  const auto routes = compile_routes(spec);
  ASSERT_FALSE(routes.ok());
  EXPECT_TRUE(routes.error().is(RouteError::kInvalidTopic));
  EXPECT_THAT(routes.error().message(), HasSubstr("'broken'"));
}

}  // namespace
}  // namespace mkb::dataplane
