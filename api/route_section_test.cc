#include "api/route_section.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/sample_bridge.h"

namespace mkb::api {
namespace {

MqttToKafkaRoute route(std::string_view lines) {
  const BridgeSpec spec = spec_of(bridge_with_route(lines));
  return spec.mqtt_to_kafka.empty() ? MqttToKafkaRoute{} : spec.mqtt_to_kafka[0];
}

// What follows `f:LINE:COL: spec.mqttToKafka[0]` in the one expected problem.
using Cases = std::vector<std::pair<std::string, std::string>>;

void expect_problems(const Cases& cases) {
  for (const auto& [lines, message] : cases) {
    const std::size_t space = message.find(' ');
    const std::string expected =
        "f:" + message.substr(0, space + 1) + "spec.mqttToKafka[0]" + message.substr(space + 1) + "\n";
    EXPECT_EQ(problems_of(bridge_with_route(lines)), expected) << lines;
  }
}

TEST(RouteSection, Defaults) {
  const MqttToKafkaRoute read = route("filters: [a/b]\ntopic: out\nkey: k");
  EXPECT_EQ(read.name, "r");
  EXPECT_EQ(read.filters, std::vector<std::string>{"a/b"});
  EXPECT_EQ(read.qos, 1);
  EXPECT_EQ(read.sharding, Sharding::kExclusive);
  EXPECT_EQ(read.topic, "out");
  EXPECT_EQ(read.key, "k");
  EXPECT_EQ(read.partition.strategy, PartitionStrategy::kKey);
  EXPECT_TRUE(read.headers.empty());
  EXPECT_FALSE(read.on_error.dead_letter_topic.has_value());
  EXPECT_EQ(read.on_error.action, OnErrorAction::kBlock);
  EXPECT_EQ(read.line, 6);
}

TEST(RouteSection, EveryField) {
  const MqttToKafkaRoute read = route(
      "filters: [a/+/c, 'b/#']\n"
      "qos: 2\n"
      "sharding: Exclusive\n"
      "topic: out.${topic[0]}\n"
      "key: ${topic}/${payload.a[0]}\n"
      "partition: {strategy: Fixed, partition: 7}\n"
      "headers: {fleet: '${payload.fleet}', x.y: 'price $$5'}\n"
      "onError: {deadLetterTopic: out.dlq, action: Drop}");
  EXPECT_EQ(read.filters, (std::vector<std::string>{"a/+/c", "b/#"}));
  EXPECT_EQ(read.qos, 2);
  EXPECT_EQ(read.topic, "out.${topic[0]}");
  EXPECT_EQ(read.key, "${topic}/${payload.a[0]}");
  EXPECT_EQ(read.partition.strategy, PartitionStrategy::kFixed);
  EXPECT_EQ(read.partition.fixed, 7);
  EXPECT_EQ(read.headers,
            (std::map<std::string, std::string>{{"fleet", "${payload.fleet}"}, {"x.y", "price $$5"}}));
  EXPECT_EQ(read.on_error.dead_letter_topic, "out.dlq");
  EXPECT_EQ(read.on_error.action, OnErrorAction::kDrop);
}

TEST(RouteSection, Choices) {
  EXPECT_EQ(route("sharding: Shared").sharding, Sharding::kShared);
  EXPECT_EQ(route("partition: {strategy: Key}").partition.strategy, PartitionStrategy::kKey);
  EXPECT_EQ(route("partition: {strategy: Topic}").partition.strategy, PartitionStrategy::kTopic);
  EXPECT_EQ(route("partition: {strategy: Random}").partition.strategy, PartitionStrategy::kRandom);
  EXPECT_EQ(route("partition: {strategy: Fixed, partition: 2147483647}").partition.fixed, 2147483647);
  EXPECT_EQ(route("partition: {}").partition.strategy, PartitionStrategy::kKey);
  EXPECT_EQ(route("onError: {action: Block}").on_error.action, OnErrorAction::kBlock);
  EXPECT_EQ(route("onError: {}").on_error.action, OnErrorAction::kBlock);
  EXPECT_EQ(route("qos: 0").qos, 0);
}

TEST(RouteSection, ProblemsOfFilters) {
  expect_problems({
      {"filters: []", "7:14: .filters: is empty; give at least one filter"},
      {"filters: a/b", "7:14: .filters: is a single value; write a list of filters"},
      {"filters: ['']", "7:15: .filters[0]: is empty; write a text"},
      {"filters: [a, true]",
       "7:18: .filters[1]: \"true\" is a truth value to YAML; put it in quotes to make it a text"},
      {"filters:\n- a/#/b", "8:7: .filters[0]: \"a/#/b\" must not go on after # [MQTT-4.7.1-1]"},
      {"filters: [a/b+]", "7:15: .filters[0]: \"a/b+\" must have + alone in its level [MQTT-4.7.1-2]"},
      {"filters: [$share/g/a]",
       "7:15: .filters[0]: a shared subscription in a filter; write the filter alone, and sharding: Shared "
       "in the "
       "route"},
      {"filters: [a, b, a]",
       "7:21: .filters[2]: \"a\" is given twice; the first is spec.mqttToKafka[0].filters[0]"},
  });
}

TEST(RouteSection, ProblemsOfScalars) {
  expect_problems({
      {"qos: 3", "7:10: .qos: \"3\" is out of range; write a whole number from 0 to 2"},
      {"qos: '1'", "7:10: .qos: is a text; write the number without quotes"},
      {"sharding: shared", "7:15: .sharding: unknown value \"shared\"; did you mean Shared?"},
      {"sharding: Sticky", "7:15: .sharding: unknown value \"Sticky\"; write Exclusive or Shared"},
      {"qos: 2\nsharding: Shared",
       "8:15: .sharding: Shared does not go with qos 2; use qos: 1, or sharding: Exclusive"},
      {"sharding: Shared\nqos: 2",
       "7:15: .sharding: Shared does not go with qos 2; use qos: 1, or sharding: Exclusive"},
      {"transform: {sql: x}",
       "7:5: .transform: is known but not built in this version; leave it out: it would have no effect"},
      {"partitions: {}", "7:5: .partitions: unknown field; did you mean \"partition\"?"},
      {"retained: x",
       "7:5: .retained: unknown field; known: name, filters, qos, sharding, topic, key, partition, headers, "
       "onError"},
      {"qos: 1\nqos: 2", "8:5: .qos: given twice; first on line 7"},
  });
}

TEST(RouteSection, ProblemsOfTheTopic) {
  const std::string characters = "Kafka allows a-z, A-Z, 0-9, ., _ and -";
  expect_problems({
      {"topic:", "7:5: .topic: has no value; give it one, or leave the field out"},
      {"topic: ''", "7:12: .topic: is empty; write a text"},
      {"topic: 12", "7:12: .topic: \"12\" is a number to YAML; put it in quotes to make it a text"},
      {"topic: [a]", "7:12: .topic: is a list; write a text"},
      {"topic: a/b", "7:12: .topic: a Kafka topic name cannot hold \"/\"; " + characters},
      {"topic: größe", "7:12: .topic: a Kafka topic name cannot hold \"ö\"; " + characters},
      {"topic: a$$b", "7:12: .topic: a Kafka topic name cannot hold \"$\"; " + characters},
      {"topic: '.'", "7:12: .topic: \".\" is no Kafka topic name; write another name"},
      {"topic: '..'", "7:12: .topic: \"..\" is no Kafka topic name; write another name"},
      {"topic: " + std::string(250, 'x'),
       "7:12: .topic: a Kafka topic name cannot have 250 characters; write at most 249"},
      {"topic: '${qos}" + std::string(250, 'x') + "'",
       "7:12: .topic: a Kafka topic name cannot have 250 characters; write at most 249"},
      {"topic: x.${topic[1]}/${qos}", "7:12: .topic: a Kafka topic name cannot hold \"/\"; " + characters},
      {"topic: x.${topc}", "7:12: .topic: character 5: unknown variable \"topc\"; did you mean ${topic}?"},
      {"topic: x.${topic[3]}",
       "7:12: .topic: ${topic[3]}: topics of the filter \"a/+/c\" have no such level; levels count from 0; "
       "they have "
       "${topic[0]} to ${topic[2]}"},
      {"topic: x.${topic[1]}\nfilters: ['a/#', a]",
       "7:12: .topic: ${topic[1]}: topics of the filter \"a\" have no such level; levels count from 0; they "
       "have only "
       "${topic[0]}"},
      {"topic: ${topic}",
       "7:12: .topic: ${topic}: topics of the filter \"a/+/c\" hold \"/\", which a Kafka topic name cannot; "
       "use levels "
       "of it, as in ${topic[0]}.${topic[1]}"},
      {"topic: x-${topic}\nfilters: [a, 'a/b/#']",
       "7:12: .topic: ${topic}: topics of the filter \"a/b/#\" hold \"/\", which a Kafka topic name cannot; "
       "use levels "
       "of it, as in ${topic[0]}.${topic[1]}"},
  });
}

TEST(RouteSection, TopicsThatFiltersAllow) {
  EXPECT_EQ(route("topic: x.${topic[2]}").topic, "x.${topic[2]}");
  EXPECT_EQ(route("topic: x.${topic[127]}\nfilters: ['a/#']").topic, "x.${topic[127]}");
  EXPECT_EQ(route("topic: x.${topic}\nfilters: [a, '#', '+', 'a/#']").topic, "x.${topic}");
  EXPECT_EQ(route("topic: " + std::string(249, 'x')).topic.size(), 249u);
}

TEST(RouteSection, ProblemsOfKeyAndHeaders) {
  expect_problems({
      {"key: ''", "7:10: .key: is empty; write a text"},
      {"key: '${topic[9]}'",
       "7:10: .key: ${topic[9]}: topics of the filter \"a/+/c\" have no such level; levels count from 0; "
       "they have "
       "${topic[0]} to ${topic[2]}"},
      {"key: $x",
       "7:10: .key: character 1: \"$\" starts no variable; write $$ for a literal $, or ${name} for a "
       "variable"},
      {"headers: [a]", "7:14: .headers: is a list; write a mapping of names to texts"},
      {"headers: {'': x}", "7:15: .headers[\"\"]: a header without a name; write NAME: template"},
      {"headers: {mkb-x: x}",
       "7:15: .headers.mkb-x: names with \"mkb-\" are the bridge's own; choose another name"},
      {"headers:\n  mqtt.topic: x",
       "8:7: .headers[\"mqtt.topic\"]: names with \"mqtt.\" are the bridge's own; choose another name"},
      {"headers: {n: 5}", "7:18: .headers.n: \"5\" is a number to YAML; put it in quotes to make it a text"},
      {"headers: {n: }", "7:15: .headers.n: has no value; write a text"},
      {"headers: {n: '${payload.}'}",
       "7:18: .headers.n: character 10: \"\" is no field name; write ${payload.field}; names hold no white "
       "space, "
       "quotes, brackets or $"},
      {"headers: {n: '${topic[3]}'}",
       "7:18: .headers.n: ${topic[3]}: topics of the filter \"a/+/c\" have no such level; levels count from "
       "0; they "
       "have ${topic[0]} to ${topic[2]}"},
      {"headers: {n: x, n: y}", "7:21: .headers.n: given twice; first on line 7"},
  });
}

TEST(RouteSection, ProblemsOfPartitionAndErrors) {
  expect_problems({
      {"partition: 3", "7:16: .partition: is a single value; write a mapping"},
      {"partition: {strategy: Fixed}",
       "7:5: .partition.partition: is missing; strategy Fixed needs the partition's number"},
      {"partition: {strategy: Fixed, partition: -1}",
       "7:45: .partition.partition: \"-1\" is out of range; write a whole number from 0 to 2147483647"},
      {"partition: {strategy: Topic, partition: 1}",
       "7:45: .partition.partition: is only for strategy: Fixed; leave it out, or write strategy: Fixed"},
      {"partition: {partition: 1}",
       "7:28: .partition.partition: is only for strategy: Fixed; leave it out, or write strategy: Fixed"},
      {"partition: {strategy: fixed, partition: 1}",
       "7:27: .partition.strategy: unknown value \"fixed\"; did you mean Fixed?"},
      {"partition: {strategy: RoundRobin}",
       "7:27: .partition.strategy: unknown value \"RoundRobin\"; write Key, Topic, Random or Fixed"},
      {"partition: {number: 1}", "7:17: .partition.number: unknown field; known: strategy, partition"},
      {"onError: Drop", "7:14: .onError: is a single value; write a mapping"},
      {"onError: {action: drop}", "7:23: .onError.action: unknown value \"drop\"; did you mean Drop?"},
      {"onError: {deadLetterTopic: a/b}",
       "7:32: .onError.deadLetterTopic: \"a/b\" is no Kafka topic name; write 1 to 249 of a-z, A-Z, 0-9, ., "
       "_ and -"},
      {"onError: {deadLetterTopic: '${topic[0]}'}",
       "7:32: .onError.deadLetterTopic: a template; write the name of one Kafka topic"},
      {"topic: out\nonError: {deadLetterTopic: out}",
       "8:32: .onError.deadLetterTopic: is the topic of the route itself; write another topic"},
      {"onError: {deadletterTopic: x}",
       "7:15: .onError.deadletterTopic: unknown field; did you mean \"deadLetterTopic\"?"},
  });
}

TEST(RouteSection, SharedNeedsVersion5) {
  EXPECT_EQ(problems_of(bridge_with_route("sharding: Shared", "3.1.1")),
            "f:7:15: spec.mqttToKafka[0].sharding: MQTT 3.1.1 has no shared subscriptions; use version 5, or "
            "sharding: Exclusive\n");
}

TEST(RouteSection, NamesAreUniqueLabels) {
  const std::string rest = ", filters: [a], topic: t, key: k}";
  EXPECT_EQ(
      problems_of(bridge_with_routes("- {name: a" + rest + "\n- {name: b" + rest + "\n- {name: a" + rest)),
      "f:8:5: spec.mqttToKafka[2]: another route has the name \"a\"; names are unique; the first is on line "
      "6\n");
  const auto named = [&rest](const std::string& name) {
    return bridge_with_routes("- {name: " + name + rest);
  };
  for (const char* name : {"A", "a_b", "a.b", "-a", "''", "'a b'"}) {
    EXPECT_NE(problems_of(named(name)).find("is no name of a route"), std::string::npos) << name;
  }
}

TEST(RouteSection, RequiredFields) {
  EXPECT_EQ(problems_of(bridge_with_routes("- {qos: 1}")),
            "f:6:5: spec.mqttToKafka[0].name: is missing; give the route a name\n"
            "f:6:5: spec.mqttToKafka[0].filters: is missing; give a list such as [vehicles/+/telemetry]\n"
            "f:6:5: spec.mqttToKafka[0].topic: is missing; give the Kafka topic\n");
  EXPECT_EQ(problems_of(bridge_with_routes("[]")),
            "f:6:3: spec.mqttToKafka: is empty; give at least one route\n");
  EXPECT_EQ(problems_of(bridge_with_routes("{name: r}")),
            "f:6:3: spec.mqttToKafka: is a mapping; write a list of routes\n");
  EXPECT_EQ(problems_of(bridge_with_routes("- r")),
            "f:6:5: spec.mqttToKafka[0]: is a single value; write a mapping\n");
}

TEST(RouteSection, WarnsOfLostOrder) {
  const std::string warning =
      "warning: spec.mqttToKafka[0]: records without a key go to partitions at random, so topics lose their "
      "order; "
      "give a key, or partition: {strategy: Topic}\n";
  const std::string head = "- {name: r, filters: [a], topic: t";
  EXPECT_EQ(warnings_of(bridge_with_routes(head + "}")), "f:6:5: " + warning);
  EXPECT_EQ(warnings_of(bridge_with_routes(head + ", partition: {strategy: Key}}")), "f:6:5: " + warning);
  EXPECT_EQ(warnings_of(bridge_with_routes(head + ", key: k}")), "");
  EXPECT_EQ(warnings_of(bridge_with_routes(head + ", partition: {strategy: Topic}}")), "");
  EXPECT_EQ(warnings_of(bridge_with_routes(head + ", partition: {strategy: Random}}")), "");
}

}  // namespace
}  // namespace mkb::api
