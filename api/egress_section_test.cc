#include "api/egress_section.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/sample_bridge.h"

namespace mkb::api {
namespace {

KafkaToMqttRoute route(std::string_view lines, std::string_view version = "5") {
  const BridgeSpec spec = spec_of(bridge_with_egress_route(lines, version));
  return spec.kafka_to_mqtt.empty() ? KafkaToMqttRoute{} : spec.kafka_to_mqtt[0];
}

// What follows `f:LINE:COL: spec.kafkaToMqtt[0]` in the one expected problem.
using Cases = std::vector<std::pair<std::string, std::string>>;

void expect_problems(const Cases& cases, std::string_view version = "5") {
  for (const auto& [lines, message] : cases) {
    const std::size_t space = message.find(' ');
    const std::string expected =
        "f:" + message.substr(0, space + 1) + "spec.kafkaToMqtt[0]" + message.substr(space + 1) + "\n";
    EXPECT_EQ(problems_of(bridge_with_egress_route(lines, version)), expected) << lines;
  }
}

TEST(EgressSection, Defaults) {
  const KafkaToMqttRoute read = route("topics: [commands]\ntopic: cmd");
  EXPECT_EQ(read.name, "r");
  EXPECT_EQ(read.topics, std::vector<std::string>{"commands"});
  EXPECT_EQ(read.group_id, "mkb-b-r");
  EXPECT_EQ(read.start.at, StartAt::kEarliest);
  EXPECT_TRUE(read.read_committed);
  EXPECT_EQ(read.topic, "cmd");
  EXPECT_EQ(read.qos, "1");
  EXPECT_EQ(read.retain, "false");
  EXPECT_EQ(read.payload, "${value}");
  EXPECT_TRUE(read.user_properties.empty());
  EXPECT_FALSE(read.message_expiry.has_value());
  EXPECT_EQ(read.max_in_flight, 1000);
  EXPECT_EQ(read.on_error.retries, 3);
  EXPECT_EQ(read.on_error.retry_delay, std::chrono::seconds{1});
  EXPECT_FALSE(read.on_error.dead_letter_topic.has_value());
  EXPECT_EQ(read.on_error.action, OnErrorAction::kBlock);
  EXPECT_EQ(read.line, 6);
}

TEST(EgressSection, EveryField) {
  const KafkaToMqttRoute read = route(
      "topics: [commands, '^fleet\\.[a-z]+\\.cmd$']\n"
      "groupId: fleet commands\n"
      "start: {at: Timestamp, timestamp: 2026-11-24T10:00:00Z}\n"
      "isolation: ReadUncommitted\n"
      "topic: vehicles/${key}/cmd$$/${value.kind[0]}\n"
      "qos: ${headers.mqtt.qos}\n"
      "retain: ${value.keep}\n"
      "payload: '[${value}]'\n"
      "userProperties: {trace: '${headers.traceparent}', x.y: 'price $$5'}\n"
      "messageExpiry: 1m30s\n"
      "maxInFlight: 65535\n"
      "onError: {retries: 0, retryDelay: 10ms, deadLetterTopic: commands.dlq, action: Drop}");
  EXPECT_EQ(read.topics, (std::vector<std::string>{"commands", "^fleet\\.[a-z]+\\.cmd$"}));
  EXPECT_EQ(read.group_id, "fleet commands");
  EXPECT_EQ(read.start.at, StartAt::kTimestamp);
  EXPECT_EQ(read.start.unix_ms, 1'795'514'400'000);
  EXPECT_FALSE(read.read_committed);
  EXPECT_EQ(read.topic, "vehicles/${key}/cmd$$/${value.kind[0]}");
  EXPECT_EQ(read.qos, "${headers.mqtt.qos}");
  EXPECT_EQ(read.retain, "${value.keep}");
  EXPECT_EQ(read.payload, "[${value}]");
  EXPECT_EQ(read.user_properties,
            (std::map<std::string, std::string>{{"trace", "${headers.traceparent}"}, {"x.y", "price $$5"}}));
  EXPECT_EQ(read.message_expiry, std::chrono::seconds{90});
  EXPECT_EQ(read.max_in_flight, 65535);
  EXPECT_EQ(read.on_error.retries, 0);
  EXPECT_EQ(read.on_error.retry_delay, std::chrono::milliseconds{10});
  EXPECT_EQ(read.on_error.dead_letter_topic, "commands.dlq");
  EXPECT_EQ(read.on_error.action, OnErrorAction::kDrop);
}

TEST(EgressSection, ServerNameIsNotForIt) {
  std::string text = bridge_with_egress_route("topics: [commands]\ntopic: cmd");
  const std::string mqtt = "servers: [";
  ASSERT_NE(text.find(mqtt), std::string::npos);
  text.insert(text.find(mqtt), "tls: {serverName: other}, ");
  EXPECT_NE(problems_of(text).find("spec.kafkaToMqtt: mqtt.tls.serverName does not go with kafkaToMqtt"),
            std::string::npos)
      << problems_of(text);
}

TEST(EgressSection, Choices) {
  EXPECT_EQ(route("start: {at: Earliest}").start.at, StartAt::kEarliest);
  EXPECT_EQ(route("start: {at: Latest}").start.at, StartAt::kLatest);
  EXPECT_EQ(route("start: {}").start.at, StartAt::kEarliest);
  EXPECT_EQ(route("start: {at: Timestamp, timestamp: '1970-01-01T01:00:00.5+01:00'}").start.unix_ms, 500);
  EXPECT_TRUE(route("isolation: ReadCommitted").read_committed);
  for (const char* qos : {"0", "1", "2"}) {
    EXPECT_EQ(route("qos: " + std::string(qos)).qos, qos);
    EXPECT_EQ(route("qos: '" + std::string(qos) + "'").qos, qos);
  }
  EXPECT_EQ(route("retain: true").retain, "true");
  EXPECT_EQ(route("retain: 'false'").retain, "false");
  EXPECT_EQ(route("payload: 'on'").payload, "on");
  EXPECT_EQ(route("messageExpiry: 1s").message_expiry, std::chrono::seconds{1});
  EXPECT_EQ(route("messageExpiry: 4294967295s").message_expiry, std::chrono::seconds{4294967295});
  EXPECT_EQ(route("onError: {retries: 100, retryDelay: 1h}").on_error.retry_delay, std::chrono::hours{1});
  EXPECT_EQ(route("onError: {action: Block}").on_error.action, OnErrorAction::kBlock);
  EXPECT_EQ(route("maxInFlight: 1").max_in_flight, 1);
}

TEST(EgressSection, ProblemsOfTopics) {
  const std::string name =
      " is no Kafka topic name; write 1 to 249 of a-z, A-Z, 0-9, ., _ and -, or a regular expression that "
      "begins with ^";
  expect_problems({
      {"topics: []", "7:13: .topics: is empty; give at least one topic"},
      {"topics: a", "7:13: .topics: is a single value; write a list of topics"},
      {"topics: ['']", "7:14: .topics[0]: is empty; write a text"},
      {"topics: [a, 5]", "7:17: .topics[1]: \"5\" is a number to YAML; put it in quotes to make it a text"},
      {"topics: [a/b]", "7:14: .topics[0]: \"a/b\"" + name},
      {"topics: ['" + std::string(250, 'a') + "']",
       "7:14: .topics[0]: \"" + std::string(80, 'a') + "...\"" + name},
      {"topics:\n- b\n- ^a(",
       "9:7: .topics[1]: \"^a(\" is no regular expression: Unmatched ( or \\(; write a POSIX extended one, "
       "such as ^fleet\\..*"},
      {"topics: [^" + std::string(249, 'a') + "]",
       "7:14: .topics[0]: a regular expression of 250 bytes; at most 249 are supported"},
      {"topics: [a, b, a]",
       "7:20: .topics[2]: \"a\" is given twice; the first is spec.kafkaToMqtt[0].topics[0]"},
      {"topics: [^a, ^a]",
       "7:18: .topics[1]: \"^a\" is given twice; the first is spec.kafkaToMqtt[0].topics[0]"},
  });
}

TEST(EgressSection, ProblemsOfReading) {
  const std::string example = "write it as in 2026-11-24T10:00:00Z";
  expect_problems({
      {"groupId: ''", "7:14: .groupId: is empty; write a text"},
      {"groupId: " + std::string(250, 'g'), "7:14: .groupId: has 250 bytes; write at most 249"},
      {"start: Latest", "7:12: .start: is a single value; write a mapping"},
      {"start: {at: latest}", "7:17: .start.at: unknown value \"latest\"; did you mean Latest?"},
      {"start: {at: Now}", "7:17: .start.at: unknown value \"Now\"; write Earliest, Latest or Timestamp"},
      {"start: {at: Timestamp}", "7:5: .start.timestamp: is missing; " + example},
      {"start: {at: Timestamp, timestamp: 2026-11-24}",
       "7:39: .start.timestamp: \"2026-11-24\" is no time since 1970; " + example},
      {"start: {at: Timestamp, timestamp: 12}",
       "7:39: .start.timestamp: \"12\" is a number to YAML; put it in quotes to make it a text"},
      {"start: {at: Latest, timestamp: 2026-11-24T10:00:00Z}",
       "7:36: .start.timestamp: is only for at: Timestamp; leave it out, or write at: Timestamp"},
      {"start: {timestamp: 2026-11-24T10:00:00Z}",
       "7:24: .start.timestamp: is only for at: Timestamp; leave it out, or write at: Timestamp"},
      {"start: {from: x}", "7:13: .start.from: unknown field; known: at, timestamp"},
      {"isolation: readCommitted",
       "7:16: .isolation: unknown value \"readCommitted\"; did you mean ReadCommitted?"},
      {"maxInFlight: 0", "7:18: .maxInFlight: \"0\" is out of range; write a whole number from 1 to 65535"},
      {"maxInFlight: 65536",
       "7:18: .maxInFlight: \"65536\" is out of range; write a whole number from 1 to 65535"},
      {"maxInflight: 1", "7:5: .maxInflight: unknown field; did you mean \"maxInFlight\"?"},
      {"filters: [a]",
       "7:5: .filters: unknown field; known: name, topics, groupId, start, isolation, topic, qos, retain, "
       "payload, userProperties, messageExpiry, maxInFlight, onError"},
  });
}

TEST(EgressSection, ProblemsOfTheTopic) {
  expect_problems({
      {"topic:", "7:5: .topic: has no value; give it one, or leave the field out"},
      {"topic: ''", "7:12: .topic: is empty; write a text"},
      {"topic: 12", "7:12: .topic: \"12\" is a number to YAML; put it in quotes to make it a text"},
      {"topic: a/+/b", "7:12: .topic: an MQTT topic name cannot hold \"+\"; + and # are for filters"},
      {"topic: 'a/${key}/#'", "7:12: .topic: an MQTT topic name cannot hold \"#\"; + and # are for filters"},
      {"topic: \"a\\0b\"", "7:12: .topic: holds the character U+0000; write a text without it"},
      {"topic: '$$share/g/a'",
       "7:12: .topic: \"$share/\" starts a shared subscription, no topic; write another topic"},
      {"topic: '$$share/${key}'",
       "7:12: .topic: \"$share/\" starts a shared subscription, no topic; write another topic"},
      {"topic: " + std::string(65536, 'x'),
       "7:12: .topic: an MQTT topic name cannot have 65536 bytes; write at most 65535"},
      {"topic: ${key}" + std::string(65536, 'x'),
       "7:12: .topic: an MQTT topic name cannot have 65536 bytes; write at most 65535"},
      {"topic: a/${payload.id}",
       "7:12: .topic: character 5: unknown variable \"payload\"; did you mean ${value.id}?"},
      {"topic: a/$x",
       "7:12: .topic: character 3: \"$\" starts no variable; write $$ for a literal $, or ${name} for a "
       "variable"},
  });
  EXPECT_EQ(route("topic: " + std::string(512, 'x')).topic.size(), 512u);
  EXPECT_EQ(route("topic: ${headers.mqtt.topic}").topic, "${headers.mqtt.topic}");
  EXPECT_EQ(route("topic: '/größe/$$share/'").topic, "/größe/$$share/");
}

TEST(EgressSection, ProblemsOfTheMessage) {
  const std::string qos =
      " is no quality of service; write 0, 1, 2 or a template such as ${headers.mqtt.qos}";
  const std::string retain =
      " is no truth value; write true, false or a template such as ${headers.mqtt.retain}";
  const std::string empty =
      "is empty; leave it out for the record's value; a tombstone, a record without one, makes an empty "
      "payload by itself";
  expect_problems({
      {"qos: 3", "7:10: .qos: \"3\"" + qos},
      {"qos: '01'", "7:10: .qos: \"01\"" + qos},
      {"qos: ''", "7:10: .qos: \"\"" + qos},
      {"qos: [1]", "7:10: .qos: is a list; write a text or a number"},
      {"qos: '${header.mqtt.qos}'",
       "7:10: .qos: character 3: unknown variable \"header\"; did you mean ${headers.mqtt.qos}?"},
      {"retain: 'yes'", "7:13: .retain: \"yes\"" + retain},
      {"retain: True", "7:13: .retain: \"True\"" + retain},
      {"retain: '${value.}'",
       "7:13: .retain: character 8: \"\" is no field name; write ${value.field}; names hold no white space, "
       "quotes, brackets or $"},
      {"payload: ''", "7:14: .payload: " + empty},
      {"payload: {}", "7:14: .payload: is a mapping; write a text"},
      {"payload: '${valu}'",
       "7:14: .payload: character 3: unknown variable \"valu\"; did you mean ${value}?"},
      {"userProperties: [a]", "7:21: .userProperties: is a list; write a mapping of names to texts"},
      {"userProperties: {'': x}",
       "7:22: .userProperties[\"\"]: a user property without a name; write NAME: template"},
      {"userProperties: {mkb-x: x}",
       "7:22: .userProperties.mkb-x: names with \"mkb-\" are the bridge's own; choose another name"},
      {"userProperties: {\"a\\0\": x}",
       "7:22: .userProperties[\"a\\x00\"]: is no name of a user property; write at most 65535 bytes, without "
       "the character U+0000"},
      {"userProperties: {n: ''}", "7:25: .userProperties.n: is empty; write a text"},
      {"userProperties: {n: '${kye}'}",
       "7:25: .userProperties.n: character 3: unknown variable \"kye\"; did you mean ${key}?"},
      {"messageExpiry: soon", "7:20: .messageExpiry: \"soon\" is no duration; write a duration such as 30s"},
      {"messageExpiry: 1.5s",
       "7:20: .messageExpiry: \"1.5s\" is not in whole seconds; write a duration such as 30s"},
      {"messageExpiry: 0", "7:20: .messageExpiry: 0s is out of range; write 1s to 4294967295s"},
      {"messageExpiry: 4294967296s",
       "7:20: .messageExpiry: 1193046h28m16s is out of range; write 1s to 4294967295s"},
  });
}

TEST(EgressSection, ProblemsOfErrors) {
  const std::string back = "; write another topic: dead letters would come back as records";
  expect_problems({
      {"onError: Drop", "7:14: .onError: is a single value; write a mapping"},
      {"onError: {action: drop}", "7:23: .onError.action: unknown value \"drop\"; did you mean Drop?"},
      {"onError: {retries: -1}",
       "7:24: .onError.retries: \"-1\" is out of range; write a whole number from 0 to 100"},
      {"onError: {retries: 101}",
       "7:24: .onError.retries: \"101\" is out of range; write a whole number from 0 to 100"},
      {"onError: {retryDelay: 9ms}", "7:27: .onError.retryDelay: \"9ms\" is out of range; write 10ms to 1h"},
      {"onError: {retryDelay: 1h1ms}",
       "7:27: .onError.retryDelay: \"1h1ms\" is out of range; write 10ms to 1h"},
      {"onError: {retryDelay: 1.5us}",
       "7:27: .onError.retryDelay: \"1.5us\" is not in whole milliseconds; write a duration such as 500ms"},
      {"onError: {retryDelay: 5}",
       "7:27: .onError.retryDelay: \"5\" is no duration; write a duration such as 500ms"},
      {"onError: {deadLetterTopic: a/b}",
       "7:32: .onError.deadLetterTopic: \"a/b\" is no Kafka topic name; write 1 to 249 of a-z, A-Z, 0-9, ., "
       "_ and -"},
      {"onError: {deadLetterTopic: '${topic}'}",
       "7:32: .onError.deadLetterTopic: a template; write the name of one Kafka topic"},
      {"topics: [a, b]\nonError: {deadLetterTopic: b}",
       "8:32: .onError.deadLetterTopic: is a topic that the route itself reads" + back},
      {"topics: [b, '^a\\.']\nonError: {deadLetterTopic: a.dlq}",
       "8:32: .onError.deadLetterTopic: matches \"^a\\\\.\", which the route itself reads" + back},
      {"onError: {retrys: 1}", "7:15: .onError.retrys: unknown field; did you mean \"retries\"?"},
  });
  EXPECT_EQ(route("topics: ['^a\\.x$']\nonError: {deadLetterTopic: a.dlq}").on_error.dead_letter_topic,
            "a.dlq");
}

TEST(EgressSection, Version311HasNoPropertiesOfMessages) {
  expect_problems(
      {
          {"userProperties: {a: b}",
           "7:5: .userProperties: MQTT 3.1.1 has no user properties; leave it out, or use version 5"},
          {"messageExpiry: 1m",
           "7:5: .messageExpiry: MQTT 3.1.1 has no message expiry; leave it out, or use version 5"},
      },
      "3.1.1");
  EXPECT_EQ(warnings_of(bridge_with_egress_route("", "3.1.1")),
            "f:5:3: warning: spec.kafkaToMqtt: MQTT 3.1.1 has no user properties: headers of records are not "
            "carried; use version 5 to carry them\n");
  EXPECT_EQ(warnings_of(bridge_with_egress_route("")), "");
}

TEST(EgressSection, RequiredFields) {
  EXPECT_EQ(problems_of(bridge_with_egress_routes("- {qos: 1}")),
            "f:6:5: spec.kafkaToMqtt[0].name: is missing; give the route a name\n"
            "f:6:5: spec.kafkaToMqtt[0].topics: is missing; give a list such as [commands]\n"
            "f:6:5: spec.kafkaToMqtt[0].topic: is missing; give the MQTT topic\n");
  EXPECT_EQ(problems_of(bridge_with_egress_routes("[]")),
            "f:6:3: spec.kafkaToMqtt: is empty; give at least one route\n");
  EXPECT_EQ(problems_of(bridge_with_egress_routes("- r")),
            "f:6:5: spec.kafkaToMqtt[0]: is a single value; write a mapping\n");
}

TEST(EgressSection, NamesAreUniqueInBothDirections) {
  const std::string down = ", topics: [a], topic: t}";
  EXPECT_EQ(
      problems_of(
          bridge_with_egress_routes("- {name: a" + down + "\n- {name: b" + down + "\n- {name: a" + down)),
      "f:8:5: spec.kafkaToMqtt[2]: another route has the name \"a\"; names are unique; the first is on line "
      "6\n");
  const std::string up = "mqttToKafka:\n- {name: a, filters: [x], topic: y, key: k}";
  EXPECT_EQ(problems_of(bridge_with_egress_routes("- {name: a" + down + "\n" + up)),
            "f:6:5: spec.kafkaToMqtt[0]: another route has the name \"a\"; names are unique; the other is on "
            "line 8\n");
  EXPECT_EQ(problems_of(bridge_with_egress_routes("- {name: b" + down + "\n" + up)), "");
  EXPECT_NE(problems_of(bridge_with_egress_routes("- {name: A" + down)).find("is no name of a route"),
            std::string::npos);
}

TEST(EgressSection, GroupsAreNotShared) {
  EXPECT_EQ(
      warnings_of(bridge_with_egress_routes("- {name: a, topics: [a], topic: t, groupId: g}\n"
                                            "- {name: b, topics: [a], topic: t, groupId: g}")),
      "f:7:5: warning: spec.kafkaToMqtt[1]: another route has the groupId \"g\"; each record goes to one "
      "member of a group; the other route is on line 6\n");
}

TEST(EgressSection, TheLongestDefaultGroupFits) {
  std::string text = bridge_with_egress_route("");
  text.replace(text.find("{name: b}"), 9, "{name: " + std::string(48, 'x') + "}");
  text.replace(text.find("name: r"), 7, "name: " + std::string(63, 'y'));
  EXPECT_EQ(spec_of(text).kafka_to_mqtt.at(0).group_id,
            "mkb-" + std::string(48, 'x') + "-" + std::string(63, 'y'));
}

TEST(EgressSection, TopicsAreBoundedInAll) {
  const auto with = [](std::size_t count) {
    std::string lines;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      if (i % 100 == 0) lines += "- name: r" + number + "\n  topic: cmd\n  topics:\n";
      lines += "  - t" + number + "\n";
    }
    return bridge_with_egress_routes(lines);
  };
  EXPECT_EQ(problems_of(with(kMaxEgressTopics)), "");
  EXPECT_EQ(problems_of(with(kMaxEgressTopics + 1)),
            "f:6:3: spec.kafkaToMqtt: 1001 topics; at most 1000 are supported; regular expressions take "
            "many\n");
}

}  // namespace
}  // namespace mkb::api
