#include <algorithm>

#include "e2e/bridge_fixture.h"
#include "e2e/lab/http.h"
#include "e2e/lab/paho_publisher.h"
#include "e2e/scraper.h"

// What the bridge does on a good day: everything arrives once, in order, where it belongs.
namespace mkb::e2e {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class DeliveryE2eTest : public BridgeFixture {
 protected:
  DeliveryE2eTest() : mosquitto_(dir(), {}) { mosquitto_.start(); }

  void publish(const std::vector<lab::PahoMessage>& messages) {
    int refused = 0;
    lab::PahoPublisher publisher({mosquitto_.uri(), "publisher", 100, {}, {}},
                                 [&](std::uint64_t, bool acknowledged) { refused += acknowledged ? 0 : 1; });
    ASSERT_TRUE(publisher.connect());
    for (std::size_t n = 0; n < messages.size(); ++n) ASSERT_TRUE(publisher.publish(messages[n], n));
    ASSERT_TRUE(publisher.flush());
    ASSERT_EQ(refused, 0);
  }

  lab::Mosquitto mosquitto_;
};

// The partition Java would choose, computed by librdkafka's own partitioner.
std::int32_t java_partition(const std::string& key, std::int32_t partitions) {
  static const auto producer = lab::make_kafka_handle(RD_KAFKA_PRODUCER, {});
  rd_kafka_topic_t* any = rd_kafka_topic_new(producer.get(), "any", nullptr);
  const auto partition =
      rd_kafka_msg_partitioner_murmur2(any, key.data(), key.size(), partitions, nullptr, nullptr);
  rd_kafka_topic_destroy(any);
  return partition;
}

TEST_F(DeliveryE2eTest, FiftyThousandMessagesArriveOnceInOrderOnJavasPartitions) {
  constexpr int kPartitions = 6;
  admin().create_topic(topic(), kPartitions);
  lab::Bridge bridge(dir(), to_yaml(telemetry(mosquitto_.uri())));
  bridge.start_ready();
  Scraper scraper(bridge.admin_port());

  lab::FleetOptions options;
  options.uri = mosquitto_.uri();
  options.vehicles = 20;
  options.messages_per_vehicle = 2'500;
  lab::Fleet fleet(options);
  fleet.start();
  fleet.join();
  ASSERT_EQ(fleet.sent(), 50'000u);
  wait_drained(bridge, fleet.sent());
  scraper.stop();
  EXPECT_EQ(scraper.problem(), "");
  EXPECT_GT(scraper.scrapes(), 20);

  const auto records = lab::read_topic(kafka().bootstrap(), topic());
  const auto totals = fleet.ledger(records).totals();
  std::cout << lab::to_table(totals);
  expect_balanced(totals, 0);
  for (const auto& record : records) {
    const auto mqtt_topic = record.header("mqtt.topic").value_or("");
    ASSERT_EQ("vehicles/" + record.key.value_or("") + "/telemetry", mqtt_topic);
    ASSERT_EQ(record.partition, java_partition(*record.key, kPartitions)) << *record.key;
  }
  const auto route = bridge.route("telemetry");
  EXPECT_EQ(route.at("received"), 50'000);
  EXPECT_EQ(route.at("delivered"), 50'000);
  EXPECT_EQ(route.at("latency").at("count"), 50'000);
}

TEST_F(DeliveryE2eTest, WithoutAKeyEachMqttTopicStaysInOnePartition) {
  admin().create_topic(topic(), 6);
  auto config = telemetry(mosquitto_.uri(), "  partition: {strategy: Topic}\n");
  const std::string key = "  key: \"${topic[1]}\"\n";
  config.routes.erase(config.routes.find(key), key.size());
  lab::Bridge bridge(dir(), to_yaml(config));
  bridge.start_ready();
  lab::FleetOptions options;
  options.uri = mosquitto_.uri();
  options.vehicles = 20;
  options.messages_per_vehicle = 250;
  lab::Fleet fleet(options);
  fleet.start();
  fleet.join();
  wait_drained(bridge, fleet.sent());
  const auto records = lab::read_topic(kafka().bootstrap(), topic());
  expect_balanced(fleet.ledger(records).totals(), 0);
  std::map<std::string, std::set<std::int32_t>> partitions;
  std::set<std::int32_t> used;
  for (const auto& record : records) {
    EXPECT_FALSE(record.key);
    partitions[record.header("mqtt.topic").value_or("")].insert(record.partition);
    used.insert(record.partition);
  }
  EXPECT_EQ(partitions.size(), 20u);
  for (const auto& [mqtt_topic, each] : partitions) EXPECT_EQ(each.size(), 1u) << mqtt_topic;
  EXPECT_GT(used.size(), 1u);
}

TEST_F(DeliveryE2eTest, QosTwoArrivesExactlyOnceWhileNothingFails) {
  admin().create_topic(topic(), 3);
  auto config = telemetry(mosquitto_.uri());
  config.routes.replace(config.routes.find("qos: 1"), 6, "qos: 2");
  lab::Bridge bridge(dir(), to_yaml(config));
  bridge.start_ready();
  lab::FleetOptions options;
  options.uri = mosquitto_.uri();
  options.qos = 2;
  options.messages_per_vehicle = 1'000;
  lab::Fleet fleet(options);
  fleet.start();
  fleet.join();
  ASSERT_EQ(fleet.sent(), 10'000u);
  wait_drained(bridge, fleet.sent());
  expect_balanced(audit(fleet), 0);
  EXPECT_EQ(lab::read_topic(kafka().bootstrap(), topic()).front().header("mqtt.qos"), "2");
}

TEST_F(DeliveryE2eTest, MqttFivePropertiesBecomeHeaders) {
  admin().create_topic(topic(), 1);
  lab::Bridge bridge(dir(),
                     to_yaml(telemetry(mosquitto_.uri(), "  headers: {fleet: \"${payload.fleet}\"}\n")));
  bridge.start_ready();
  lab::PahoMessage message;
  message.topic = "vehicles/car-1/telemetry";
  message.payload = R"({"fleet":"north"})";
  message.content_type = "application/json";
  message.response_topic = "replies/car-1";
  message.correlation_data = std::string("\x00\x01\xff", 3);
  message.expiry_seconds = 3600;
  message.user_properties = {{"trace", "abc"}, {"trace", "def"}, {"unit", "km/h"}};
  publish({message});

  const auto record = lab::read_topic(kafka().bootstrap(), topic(), 1).front();
  EXPECT_EQ(record.key, "car-1");
  EXPECT_EQ(record.value, message.payload);
  EXPECT_EQ(record.header("mqtt.topic"), message.topic);
  EXPECT_EQ(record.header("mqtt.qos"), "1");
  EXPECT_EQ(record.header("mqtt.retain"), "false");
  EXPECT_EQ(record.header("mqtt.content-type"), "application/json");
  EXPECT_EQ(record.header("mqtt.response-topic"), "replies/car-1");
  EXPECT_EQ(record.header("mqtt.correlation-data"), message.correlation_data);
  EXPECT_EQ(record.header("unit"), "km/h");
  EXPECT_EQ(record.header("fleet"), "north");
  const auto expiry = std::stoi(record.header("mqtt.expiry").value_or("0"));
  EXPECT_THAT(expiry, AllOf(testing::Gt(3500), testing::Le(3600)));
  std::vector<std::string> traces;
  for (const auto& [name, value] : record.headers) {
    if (name == "trace") traces.push_back(value);
  }
  EXPECT_THAT(traces, ElementsAre("abc", "def"));
}

class OverlapE2eTest : public DeliveryE2eTest, public testing::WithParamInterface<const char*> {};

// One message that three routes want, one of them by two of its filters: one record for each route.
TEST_P(OverlapE2eTest, EveryMatchingRouteGetsExactlyOneRecord) {
  for (const auto* name : {".all", ".cars", ".twice"}) admin().create_topic(topic(name), 1);
  lab::BridgeConfig config;
  config.mqtt_servers = {mosquitto_.uri()};
  config.mqtt = std::string("version: ") + GetParam();
  config.kafka_bootstrap = kafka().bootstrap();
  config.routes = "- {name: all, filters: ['vehicles/#'], qos: 1, topic: " + topic(".all") +
                  "}\n"
                  "- {name: cars, filters: [vehicles/+/telemetry], qos: 2, topic: " +
                  topic(".cars") +
                  "}\n"
                  "- {name: twice, filters: [" +
                  // MQTT 3.1.1 takes overlapping filters only where one covers the other.
                  (std::string(GetParam()) == "5" ? "vehicles/car-1/#" : "vehicles/car-1/telemetry") +
                  ", vehicles/+/telemetry], qos: 1, topic: " + topic(".twice") + "}\n";
  lab::Bridge bridge(dir(), to_yaml(config));
  bridge.start_ready();
  constexpr int kMessages = 200;
  std::vector<lab::PahoMessage> messages(kMessages);
  for (int n = 0; n < kMessages; ++n) {
    messages[static_cast<std::size_t>(n)].topic =
        n % 2 == 0 ? "vehicles/car-1/telemetry" : "vehicles/car-2/telemetry";
    messages[static_cast<std::size_t>(n)].payload = std::to_string(n);
    messages[static_cast<std::size_t>(n)].qos = 1 + n % 2;
  }
  publish(messages);
  // A last message on a filter of `all` alone: when it has arrived, so has everything before it.
  lab::PahoMessage last;
  last.topic = "vehicles";
  last.payload = std::to_string(kMessages);
  publish({last});
  lab::wait_until([&] { return bridge.route("all").at("delivered") >= kMessages + 1 && bridge.idle(); }, 60s,
                  "the last message");

  const auto payloads = [&](const char* name) {
    std::vector<int> numbers;
    for (const auto& record : lab::read_topic(kafka().bootstrap(), topic(name)))
      numbers.push_back(std::stoi(record.value));
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  };
  std::vector<int> expected(kMessages);
  for (int n = 0; n < kMessages; ++n) expected[static_cast<std::size_t>(n)] = n;
  EXPECT_EQ(payloads(".cars"), expected);
  EXPECT_EQ(payloads(".twice"), expected);
  expected.push_back(kMessages);
  EXPECT_EQ(payloads(".all"), expected);
  EXPECT_EQ(lab::imbalance(bridge.status()), "");
}
INSTANTIATE_TEST_SUITE_P(Versions, OverlapE2eTest, testing::Values("5", "3.1.1"), [](const auto& version) {
  return std::string(version.param) == "5" ? "Mqtt5" : "Mqtt311";
});

TEST_F(DeliveryE2eTest, AdminServerTellsHealthReadinessAndStatus) {
  admin().create_topic(topic(), 1);
  lab::Bridge bridge(dir(), to_yaml(telemetry(mosquitto_.uri())));
  bridge.start_ready();
  EXPECT_EQ(lab::http_get(bridge.admin_port(), "/healthz").status, 200);
  const auto page = lab::http_get(bridge.admin_port(), "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.type, HasSubstr("text/html"));
  EXPECT_THAT(page.body, HasSubstr("/status.json"));
  EXPECT_THAT(page.body, testing::Not(testing::ContainsRegex("(src|href) *= *.https?:")))
      << "no external assets";
  EXPECT_EQ(lab::http_get(bridge.admin_port(), "/no-such-page").status, 404);
  EXPECT_THAT(bridge.log_text(),
              HasSubstr("admin listening on http://127.0.0.1:" + std::to_string(bridge.admin_port())));

  mosquitto_.stop();
  lab::wait_until([&] { return lab::http_get(bridge.admin_port(), "/readyz").status == 503; }, 10s,
                  "not ready without its broker");
  EXPECT_EQ(lab::http_get(bridge.admin_port(), "/healthz").status, 200);
  mosquitto_.start();
  bridge.wait_ready();
}

}  // namespace
}  // namespace mkb::e2e
