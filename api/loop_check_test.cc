#include "api/loop_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "api/problem.h"
#include "api/sample_bridge.h"

namespace mkb::api {
namespace {

std::string bridge_of(const std::string& up, const std::string& down, const std::string& version = "5") {
  return bridge_with_routes(up + "\nkafkaToMqtt:\n" + down, version);
}

std::string up(const std::string& name, const std::string& filter, const std::string& topic) {
  return "- {name: " + name + ", filters: ['" + filter + "'], topic: '" + topic + "', key: k}";
}

std::string down(const std::string& name, const std::string& topics, const std::string& topic) {
  return "- {name: " + name + ", topics: ['" + topics + "'], topic: '" + topic + "'}";
}

constexpr const char* kOther = "; let one of them read or write other topics\n";
constexpr const char* kOrigin =
    "; MQTT 5 messages carry mkb-origin and are stopped at run time, those of MQTT 3.1.1 are not\n";

TEST(LoopCheck, RefusesACertainPair) {
  EXPECT_EQ(
      problems_of(bridge_of(up("telemetry", "vehicles/+/telemetry", "telemetry"),
                            down("mirror", "telemetry", "vehicles/${key}/telemetry"))),
      "f:8:5: spec.kafkaToMqtt[0]: routes \"telemetry\" and \"mirror\" feed each other: telemetry writes "
      "Kafka topic telemetry, mirror reads it and writes MQTT topic vehicles/${key}/telemetry, which "
      "telemetry reads again" +
          std::string(kOther));
}

TEST(LoopCheck, WarnsOfAPossiblePair) {
  const std::string message =
      "f:8:5: warning: spec.kafkaToMqtt[0]: routes \"a\" and \"b\" may feed each other: a writes Kafka topic "
      "t.${topic[0]}, b reads it and writes MQTT topic x/${key}, which a reads again" +
      std::string(kOrigin);
  const std::string text = bridge_of(up("a", "x/#", "t.${topic[0]}"), down("b", "t.x", "x/${key}"));
  EXPECT_EQ(problems_of(text), "");
  EXPECT_EQ(warnings_of(text), message);
  EXPECT_EQ(warnings_of(bridge_of(up("a", "x/y", "t"), down("b", "t", "x/${key}"))),
            "f:8:5: warning: spec.kafkaToMqtt[0]: routes \"a\" and \"b\" may feed each other: a writes Kafka "
            "topic t, b reads it and writes MQTT topic x/${key}, which a reads again" +
                std::string(kOrigin));
  EXPECT_NE(warnings_of(bridge_of(up("a", "x/y", "t"), down("b", "t", "x/${key}"), "3.1.1")).find(kOrigin),
            std::string::npos);
}

TEST(LoopCheck, OneWayIsNoLoop) {
  static const std::vector<std::array<std::string, 4>> kCases = {
      {"vehicles/+/telemetry", "telemetry", "commands", "vehicles/${key}/telemetry"},
      {"vehicles/+/telemetry", "telemetry", "telemetry", "vehicles/${key}/cmd"},
      {"#", "t", "t", "$$SYS/x"}};
  for (const auto& [filter, topic, topics, back] : kCases) {
    const std::string text = bridge_of(up("a", filter, topic), down("b", topics, back));
    EXPECT_EQ(problems_of(text), "") << text;
    EXPECT_EQ(warnings_of(text), "") << text;
  }
}

TEST(LoopCheck, DeadLettersAreNoPartOfLoops) {
  const std::string text =
      bridge_of("- {name: a, filters: [x], topic: t, key: k, onError: {deadLetterTopic: dead}}",
                "- {name: b, topics: [dead], topic: x}\n"
                "- {name: c, topics: [other], topic: y, onError: {deadLetterTopic: dead}}");
  EXPECT_EQ(problems_of(text), "");
  EXPECT_EQ(warnings_of(text), "");
}

TEST(LoopCheck, FollowsLongerWays) {
  const std::string ups = up("a", "x", "t1") + "\n" + up("b", "y", "t2");
  EXPECT_EQ(
      problems_of(bridge_of(ups, down("c", "^t2$", "x") + "\n" + down("d", "t1", "y"))),
      "f:10:5: spec.kafkaToMqtt[1]: routes \"a\", \"d\", \"b\" and \"c\" feed each other: a writes Kafka "
      "topic t1, d reads it and writes MQTT topic y, b reads it and writes Kafka topic t2, c reads it "
      "and writes MQTT topic x, which a reads again" +
          std::string(kOther));
  const std::string text = bridge_of(ups, down("c", "t2", "${key}") + "\n" + down("d", "t1", "y"));
  EXPECT_EQ(problems_of(text), "");
  // c may also feed b, which feeds it.
  EXPECT_EQ(warnings_of(text),
            "f:9:5: warning: spec.kafkaToMqtt[0]: routes \"b\" and \"c\" may feed each other: b writes Kafka "
            "topic t2, c reads it and writes MQTT topic ${key}, which b reads again" +
                std::string(kOrigin));
}

TEST(LoopCheck, ReportsEachPairOnce) {
  const std::string text = bridge_of(up("a", "x/#", "t") + "\n" + up("b", "x/+", "t"),
                                     down("c", "t", "x/1") + "\n" + down("d", "t", "x/2"));
  const ParseOutcome outcome = parse_bridge(text, "f");
  EXPECT_EQ(outcome.problems.size(), 4u) << render(outcome.problems);
  EXPECT_TRUE(outcome.warnings.empty()) << render(outcome.warnings, "");
}

TEST(LoopCheck, BlamesTheLaterRoute) {
  std::string text = bridge_of(down("b", "t", "x"), up("a", "x", "t"));
  text.replace(text.find("mqttToKafka"), 11, "kafkaToMqtt");
  text.replace(text.rfind("kafkaToMqtt"), 11, "mqttToKafka");
  EXPECT_EQ(problems_of(text),
            "f:8:5: spec.mqttToKafka[0]: routes \"a\" and \"b\" feed each other: a writes Kafka topic t, b "
            "reads it and writes MQTT topic x, which a reads again" +
                std::string(kOther));
}

TEST(LoopCheck, CutsLongMessages) {
  std::string ups;
  std::string downs;
  for (int i = 0; i < 50; ++i) {
    const std::string here = std::to_string(i);
    const std::string next = std::to_string((i + 1) % 50);
    ups += (i > 0 ? "\n" : "") + up("up" + here, "m" + here, "k" + here);
    downs += (i > 0 ? "\n" : "") + down("down" + here, "k" + here, "m" + next);
  }
  const std::string problems = problems_of(bridge_of(ups, downs));
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 1) << problems;
  EXPECT_NE(problems.find("\"up3\", \"down3\" and 92 more feed each other"), std::string::npos) << problems;
  EXPECT_NE(problems.find(", and so on until a topic, which up0 reads again"), std::string::npos) << problems;
  EXPECT_LT(problems.size(), 800u);
}

BridgeSpec random_bridge(std::mt19937& random) {
  static const std::vector<std::string> kKafka = {"t1", "t2", "t3", "t4", "${topic[0]}", "t${qos}"};
  static const std::vector<std::string> kMqtt = {"m1", "m2", "m3", "m4", "${key}", "m${offset}"};
  BridgeSpec bridge;
  for (auto count = 1 + random() % 4; count > 0; --count) {
    MqttToKafkaRoute& route = bridge.mqtt_to_kafka.emplace_back();
    route.filters = {kMqtt[random() % 4]};
    route.topic = kKafka[random() % (random() % 3 == 0 ? kKafka.size() : 4)];
  }
  for (auto count = 1 + random() % 4; count > 0; --count) {
    KafkaToMqttRoute& route = bridge.kafka_to_mqtt.emplace_back();
    route.topics = {kKafka[random() % 4]};
    route.topic = kMqtt[random() % (random() % 3 == 0 ? kMqtt.size() : 4)];
  }
  return bridge;
}

// Whether some route reaches itself, by trying all ways.
bool has_loop(const BridgeSpec& bridge, bool certain) {
  const auto feeds = [certain](const std::string& written, const std::string& read) {
    if (written.find('$') == std::string::npos) return written == read;
    return !certain && (written.front() == '$' || written.front() == read.front());
  };
  const std::size_t ups = bridge.mqtt_to_kafka.size();
  const std::size_t all = ups + bridge.kafka_to_mqtt.size();
  std::vector<std::vector<bool>> reaches(all, std::vector<bool>(all));
  for (std::size_t i = 0; i < ups; ++i) {
    for (std::size_t j = ups; j < all; ++j) {
      reaches[i][j] = feeds(bridge.mqtt_to_kafka[i].topic, bridge.kafka_to_mqtt[j - ups].topics[0]);
      reaches[j][i] = feeds(bridge.kafka_to_mqtt[j - ups].topic, bridge.mqtt_to_kafka[i].filters[0]);
    }
  }
  bool found = false;
  for (std::size_t k = 0; k < all; ++k) {
    for (std::size_t i = 0; i < all; ++i) {
      for (std::size_t j = 0; j < all; ++j) {
        reaches[i][j] = reaches[i][j] || (reaches[i][k] && reaches[k][j]);
        found = found || (i == j && reaches[i][j]);
      }
    }
  }
  return found;
}

TEST(LoopCheck, FindsALoopExactlyWhenThereIsOne) {
  std::mt19937 random(24);
  int certain = 0;
  int possible = 0;
  int longer = 0;
  for (int round = 0; round < 20'000; ++round) {
    const BridgeSpec bridge = random_bridge(random);
    const auto loops = find_loops(bridge);
    const bool sure = std::any_of(loops.begin(), loops.end(), [](const Loop& loop) { return loop.certain; });
    ASSERT_EQ(sure, has_loop(bridge, true));
    ASSERT_EQ(!loops.empty(), has_loop(bridge, false));
    certain += sure ? 1 : 0;
    possible += !loops.empty() && !sure ? 1 : 0;
    for (const Loop& loop : loops) {
      longer += loop.routes.size() > 2 ? 1 : 0;
      ASSERT_EQ(loop.routes.size() % 2, 0u);
      for (std::size_t i = 0; i < loop.routes.size(); ++i) ASSERT_EQ(loop.routes[i].up, i % 2 == 0);
    }
  }
  EXPECT_GT(certain, 1'000);
  EXPECT_GT(possible, 1'000);
  EXPECT_GT(longer, 200);
}

TEST(LoopCheck, TakesManyRoutes) {
  BridgeSpec bridge;
  for (int i = 0; i < 2'000; ++i) {
    MqttToKafkaRoute& route = bridge.mqtt_to_kafka.emplace_back();
    route.filters = {"x/" + std::to_string(i % 7) + "/#"};
    route.topic = "t${qos}";
  }
  for (int i = 0; i < 200; ++i) {
    KafkaToMqttRoute& route = bridge.kafka_to_mqtt.emplace_back();
    route.topics = {"t1", "^t"};
    route.topic = "x/${key}/y";
  }
  EXPECT_EQ(find_loops(bridge).size(), Report::kMostKept);
}

}  // namespace
}  // namespace mkb::api
