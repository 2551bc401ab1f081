#include "e2e/bridge_fixture.h"
#include "e2e/lab/paho_publisher.h"

// Records that Kafka does not take: what the bridge says of them, where they go, and that none goes silently.
namespace mkb::e2e {
namespace {

using testing::HasSubstr;

class KafkaRefusalE2eTest : public BridgeFixture {
 protected:
  KafkaRefusalE2eTest() : mosquitto_(dir(), {}) { mosquitto_.start(); }

  // One route with these lines in addition to its name and filters.
  lab::BridgeConfig config(const std::string& route_lines) {
    lab::BridgeConfig made;
    made.mqtt_servers = {mosquitto_.uri()};
    made.kafka_bootstrap = kafka().bootstrap();
    made.routes = "- name: telemetry\n  filters: [vehicles/+/telemetry]\n  qos: 1\n" + route_lines;
    return made;
  }

  void publish(const std::string& car, const std::string& payload, int qos = 1) {
    lab::PahoPublisher publisher({mosquitto_.uri(), "publisher", 100, {}, {}},
                                 [](std::uint64_t, bool acknowledged) { EXPECT_TRUE(acknowledged); });
    ASSERT_TRUE(publisher.connect());
    lab::PahoMessage message;
    message.topic = "vehicles/" + car + "/telemetry";
    message.payload = payload;
    message.qos = qos;
    ASSERT_TRUE(publisher.publish(message, 0));
    ASSERT_TRUE(publisher.flush());
  }

  static nlohmann::json wait_route(const lab::Bridge& bridge, const std::string& count, std::uint64_t value) {
    nlohmann::json route;
    lab::wait_until(
        [&] {
          route = bridge.route("telemetry");
          return route.at(count) == value;
        },
        40s, "route telemetry: " + count + " = " + std::to_string(value));
    EXPECT_EQ(lab::imbalance(bridge.status()), "");
    EXPECT_EQ(lab::imbalance(bridge.metrics()), "");
    return route;
  }

  static std::uint64_t dropped(const nlohmann::json& route) {
    std::uint64_t sum = 0;
    for (const auto& [reason, count] : route.at("dropped").items()) sum += count.get<std::uint64_t>();
    return sum;
  }

  static void expect_told(const lab::Bridge& bridge, const std::string& words) {
    EXPECT_THAT(bridge.route("telemetry").at("last_error").get<std::string>(), HasSubstr(words));
    EXPECT_THAT(bridge.log_text(), HasSubstr(words));
  }

  // The only record of the dead-letter topic.
  lab::KafkaRecord dead_letter(const std::string& reason, const std::string& payload) {
    const auto records = lab::read_topic(kafka().bootstrap(), topic(".dlq"), 1);
    EXPECT_EQ(records.size(), 1u);
    EXPECT_EQ(records.at(0).value, payload);
    EXPECT_EQ(records.at(0).header("mkb-dlq-reason"), reason);
    EXPECT_EQ(records.at(0).header("mkb-dlq-route"), "telemetry");
    EXPECT_NE(records.at(0).header("mkb-dlq-stage").value_or(""), "");
    EXPECT_NE(records.at(0).header("mkb-dlq-error").value_or(""), "");
    return records.at(0);
  }

  lab::Mosquitto mosquitto_;
};

TEST_F(KafkaRefusalE2eTest, MissingTopicHoldsItsMessagesUntilItIsThere) {
  lab::Bridge bridge(dir(), to_yaml(config("  topic: " + topic() + "\n  key: \"${topic[1]}\"\n")));
  bridge.start_ready();
  for (int n = 0; n < 20; ++n) publish("car-1", std::to_string(n));
  const auto route = wait_route(bridge, "received", 20);
  EXPECT_EQ(route.at("in_flight"), 20);
  lab::wait_until([&] { return bridge.route("telemetry").at("parked") > 0; }, 60s, "parked records");
  expect_told(bridge, "'" + topic() + "' does not exist");

  admin().create_topic(topic(), 3);
  wait_route(bridge, "delivered", 20);
  const auto records = lab::read_topic(kafka().bootstrap(), topic());
  ASSERT_EQ(records.size(), 20u);
  for (int n = 0; n < 20; ++n)
    EXPECT_EQ(records[static_cast<std::size_t>(n)].value, std::to_string(n)) << "order";
}

TEST_F(KafkaRefusalE2eTest, MissingTemplatedTopicIsAPermanentError) {
  admin().create_topic(topic(".dlq"), 1);
  admin().create_topic(topic("-car-1"), 1);
  lab::Bridge bridge(
      dir(),
      to_yaml(config("  topic: \"" + topic("-${topic[1]}") +
                     "\"\n  key: \"${topic[1]}\"\n  onError: {deadLetterTopic: " + topic(".dlq") + "}\n")));
  bridge.start_ready();
  publish("car-1", "known");
  publish("car-2", "unknown");
  const auto route = wait_route(bridge, "dead_lettered", 1);
  EXPECT_EQ(route.at("delivered"), 1);
  EXPECT_EQ(dead_letter("unknown_topic", "unknown").header("mkb-dlq-topic"), topic("-car-2"));
  expect_told(bridge, "'" + topic("-car-2") + "' does not exist");
}

TEST_F(KafkaRefusalE2eTest, TooLargeGoesToTheDeadLetterTopic) {
  admin().create_topic(topic(), 1, {{"max.message.bytes", "2000"}});
  admin().create_topic(topic(".dlq"), 1);
  lab::Bridge bridge(
      dir(),
      to_yaml(config("  topic: " + topic() +
                     "\n  key: \"${topic[1]}\"\n  onError: {deadLetterTopic: " + topic(".dlq") + "}\n")));
  bridge.start_ready();
  // Not compressible below the limit.
  std::string large;
  for (unsigned n = 0; large.size() < 20'000; ++n) large += std::to_string(n * 2654435761u);
  publish("car-1", "before");
  publish("car-1", large);
  publish("car-1", "after");
  const auto route = wait_route(bridge, "dead_lettered", 1);
  wait_route(bridge, "delivered", 2);
  const auto letter = dead_letter("too_large", large);
  EXPECT_EQ(letter.header("mkb-dlq-topic"), topic());
  EXPECT_EQ(letter.header("mqtt.topic"), "vehicles/car-1/telemetry");
  EXPECT_EQ(letter.key, "car-1");
  expect_told(bridge, "larger than topic '" + topic() + "' accepts");
  EXPECT_EQ(lab::read_topic(kafka().bootstrap(), topic()).size(), 2u);
}

TEST_F(KafkaRefusalE2eTest, TooLargeIsDroppedAndCountedWhenTheRouteSaysSo) {
  admin().create_topic(topic(), 1, {{"max.message.bytes", "2000"}});
  lab::Bridge bridge(dir(), to_yaml(config("  topic: " + topic() +
                                           "\n  key: \"${topic[1]}\"\n  onError: {action: Drop}\n")));
  bridge.start_ready();
  std::string large;
  for (unsigned n = 0; large.size() < 20'000; ++n) large += std::to_string(n * 2654435761u);
  publish("car-1", large);
  publish("car-1", "after");
  const auto route = wait_route(bridge, "delivered", 1);
  EXPECT_EQ(dropped(wait_route(bridge, "in_flight", 0)), 1u);
  EXPECT_EQ(bridge.route("telemetry").at("dropped").at("too_large"), 1);
}

class BadTemplateE2eTest : public KafkaRefusalE2eTest {
 protected:
  // The key is a payload field that half the messages do not have.
  std::string yaml(const std::string& on_error) {
    return to_yaml(config("  topic: " + topic() + "\n  key: \"${payload.vin}\"\n" + on_error));
  }
  static constexpr const char* kGood = R"({"vin":"W1"})";
  static constexpr const char* kBad = R"({"vim":"W1"})";
};

TEST_F(BadTemplateE2eTest, GoesToTheDeadLetterTopic) {
  admin().create_topic(topic(), 1);
  admin().create_topic(topic(".dlq"), 1);
  lab::Bridge bridge(dir(), yaml("  onError: {deadLetterTopic: " + topic(".dlq") + "}\n"));
  bridge.start_ready();
  publish("car-1", kBad);
  publish("car-1", kGood);
  wait_route(bridge, "dead_lettered", 1);
  wait_route(bridge, "delivered", 1);
  EXPECT_EQ(dead_letter("template", kBad).header("mkb-dlq-stage"), "key");
  expect_told(bridge, "payload.vin");
}

TEST_F(BadTemplateE2eTest, IsDroppedAndCountedWhenTheRouteSaysSo) {
  admin().create_topic(topic(), 1);
  lab::Bridge bridge(dir(), yaml("  onError: {action: Drop}\n"));
  bridge.start_ready();
  publish("car-1", kBad);
  publish("car-1", kGood);
  EXPECT_EQ(wait_route(bridge, "delivered", 1).at("dropped").at("template"), 1);
  expect_told(bridge, "payload.vin");
}

TEST_F(BadTemplateE2eTest, IsHeldByDefaultAndComesAgainAfterARestart) {
  admin().create_topic(topic(), 1);
  lab::Bridge bridge(dir(), yaml(""));
  bridge.start_ready();
  publish("car-1", kBad);
  publish("car-1", kGood);
  auto route = wait_route(bridge, "delivered", 1);
  EXPECT_EQ(route.at("in_flight"), 1);
  EXPECT_EQ(route.at("blocked"), 1);
  expect_told(bridge, "payload.vin");
  // The remedy: a route that can take it. The message is still in the broker.
  const auto end = bridge.terminate();
  EXPECT_NE(end.code, -1) << "signal " << end.signal;
  admin().create_topic(topic(".dlq"), 1);
  lab::Bridge mended(dir(), yaml("  onError: {deadLetterTopic: " + topic(".dlq") + "}\n"), {}, "mended");
  mended.start_ready();
  dead_letter("template", kBad);
}

class UnauthorizedE2eTest : public KafkaRefusalE2eTest {
 protected:
  UnauthorizedE2eTest() : secured_(dir(), secured()) { secured_.start(); }

  static lab::KafkaOptions secured() {
    lab::KafkaOptions options;
    options.users = {{"bridge", "sesame"}};
    return options;
  }

  std::string yaml() {
    auto made = config("  topic: " + topic() + "\n  key: \"${topic[1]}\"\n");
    made.kafka_bootstrap = secured_.sasl_bootstrap();
    made.kafka = "sasl: {mechanism: PLAIN, secretRef: {name: kafka}}";
    return to_yaml(made);
  }

  static lab::BridgeOptions password(const std::string& text) {
    lab::BridgeOptions options;
    options.secrets["kafka"] = {{"username", "bridge"}, {"password", text}};
    return options;
  }

  lab::Kafka secured_;
};

TEST_F(UnauthorizedE2eTest, MessagesWaitUntilTheTopicIsGranted) {
  lab::KafkaAdmin owner(secured_.bootstrap());
  owner.create_topic(topic(), 1);
  lab::Bridge bridge(dir(), yaml(), password("sesame"));
  bridge.start_ready();
  publish("car-1", "patience");
  EXPECT_EQ(wait_route(bridge, "received", 1).at("in_flight"), 1);
  lab::wait_until([&] { return !bridge.route("telemetry").at("last_error").get<std::string>().empty(); }, 40s,
                  "an error");
  expect_told(bridge, "not authorised to write to Kafka topic '" + topic() + "'");

  owner.allow_write("bridge", topic());
  wait_route(bridge, "delivered", 1);
  EXPECT_EQ(lab::read_topic(secured_.bootstrap(), topic()).at(0).value, "patience");
}

TEST_F(UnauthorizedE2eTest, WrongPasswordIsToldAndNotShown) {
  lab::Bridge bridge(dir(), yaml(), password("open-barley"));
  bridge.start();
  lab::wait_until([&] { return !bridge.status().at("kafka").at("last_error").get<std::string>().empty(); },
                  40s, "an error");
  EXPECT_EQ(bridge.status().at("kafka").at("reachable"), false);
  EXPECT_THAT(bridge.status().at("kafka").at("last_error").get<std::string>(),
              testing::ContainsRegex("[Aa]uthentication"));
  EXPECT_THAT(bridge.log_text(), testing::Not(HasSubstr("open-barley")));
}

}  // namespace
}  // namespace mkb::e2e
