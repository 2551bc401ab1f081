// Where routes from Kafka to MQTT begin to read, and how their client connects.
#include "e2e/egress_fixture.h"

namespace mkb::e2e {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr std::int64_t kNoon2026 = 1'767'268'800'000;  // 2026-01-01T12:00:00Z

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw lab::LabError("no " + what + " in " + text);
  return text.replace(at, what.size(), by);
}

class EgressStartE2eTest : public EgressFixture {
 protected:
  EgressStartE2eTest() : EgressFixture(lab::MosquittoOptions{}) {}

  [[nodiscard]] lab::OutgoingRecord at(std::int64_t timestamp_ms, const std::string& value,
                                       std::int32_t partition) const {
    auto made = record("car-1", value, partition);
    made.timestamp_ms = timestamp_ms;
    return made;
  }
  [[nodiscard]] std::string starting(const std::string& start) const {
    auto config = commands();
    config.egress_routes = replaced(config.egress_routes, "{at: Earliest}", start);
    return to_yaml(config);
  }
};

TEST_F(EgressStartE2eTest, AtATimestampInEveryPartition) {
  admin().create_topic(topic(), 3);
  write({at(kNoon2026 - 1, "old-0", 0), at(kNoon2026, "new-0", 0), at(kNoon2026 + 1, "newer-0", 0),
         at(kNoon2026 - 5, "old-1", 1), at(kNoon2026 + 5, "new-1", 1), at(kNoon2026 - 9, "old-2", 2)});
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), starting("{at: Timestamp, timestamp: \"2026-01-01T12:00:00Z\"}"));
  bridge.start_ready();
  wait_route(bridge, "/delivered", 3);
  // Of partition 2 no record is young enough: what comes after the start is.
  write({at(kNoon2026 + 9, "new-2", 2)});
  wait_route(bridge, "/delivered", 4);
  EXPECT_THAT(payloads(subscriber->messages()), UnorderedElementsAre("new-0", "newer-0", "new-1", "new-2"));
  ASSERT_EQ(bridge.terminate().code, 0);

  // Once offsets are committed they count, and not the timestamp.
  write({at(kNoon2026 - 100, "late", 0)});
  bridge.start_ready();
  wait_received(*subscriber, 5);
  EXPECT_EQ(subscriber->messages().back().payload, "late");
  EXPECT_EQ(subscriber->count(), 5U);
}

TEST_F(EgressStartE2eTest, AtTheEnd) {
  admin().create_topic(topic(), 1);
  write({record("car-1", "old")});
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), starting("{at: Latest}"));
  bridge.start_ready();
  // Where the end is gets known a moment after the partition is assigned.
  lab::wait_until(
      [&] {
        write({record("car-1", "new")});
        return subscriber->count() > 0;
      },
      30s, "a record written after the start");
  EXPECT_THAT(payloads(subscriber->messages()), Not(Contains("old")));
}

TEST_F(EgressStartE2eTest, TopicsByARegularExpressionAlsoThoseMadeLater) {
  admin().create_topic(topic(".x1"), 1);
  admin().create_topic(topic(".y1"), 1);
  const auto subscriber = subscribe("#");
  auto config = commands("", "from/${topic}");
  config.egress_routes =
      replaced(config.egress_routes, "[" + topic() + "]", "[\"^" + topic() + "\\\\.x.*\"]");
  lab::Bridge bridge(dir(), to_yaml(config));
  bridge.start_ready();
  const auto put = [this](const std::string& name, const std::string& value) {
    auto made = record("k", value);
    made.topic = name;
    write({made});
  };
  put(topic(".y1"), "not this");
  put(topic(".x1"), "one");
  wait_received(*subscriber, 1);
  admin().create_topic(topic(".x2"), 1);
  put(topic(".x2"), "two");
  wait_received(*subscriber, 2);
  EXPECT_THAT(payloads(subscriber->messages()), ElementsAre("one", "two"));
  EXPECT_EQ(subscriber->messages().back().topic, "from/" + topic(".x2"));
}

TEST_F(EgressStartE2eTest, ATopicThatIsMissingIsSaidAndReadOnceItIsThere) {
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands()));
  bridge.start();
  lab::wait_until(
      [&] {
        return bridge.status().at("publishers").at(0).at("last_error").get<std::string>().find(topic()) !=
               std::string::npos;
      },
      30s, "an error that names the topic");
  admin().create_topic(topic(), 1);
  write({record("car-1", "at last")});
  wait_received(*subscriber, 1);
}

TEST_F(EgressStartE2eTest, QosTwoIsDeliveredOnceWithMqtt5And311) {
  admin().create_topic(topic(), 1);
  for (const std::string version : {"5", "3.1.1"}) {
    SCOPED_TRACE(version);
    const auto subscriber = subscribe("#");
    auto config = commands("  qos: 2\n", "v" + version + "/${offset}");
    config.mqtt = "version: " + version;
    config.egress_routes =
        replaced(config.egress_routes, "name: commands", "name: commands\n  groupId: g" + version);
    lab::Bridge bridge(dir(), to_yaml(config), {}, "bridge-" + version);
    bridge.start_ready();
    std::vector<lab::OutgoingRecord> records;
    records.reserve(500);
    for (int i = 0; i < 500; ++i) records.push_back(record("k" + std::to_string(i % 7), "x"));
    write(records);
    const std::uint64_t all = version == "5" ? 500 : 1000;  // the second reads the topic from its beginning
    wait_route(bridge, "/delivered", all);
    wait_received(*subscriber, all);
    EXPECT_EQ(bridge.terminate().code, 0);
    EXPECT_EQ(subscriber->count(), all);
  }
}

class SecuredEgressE2eTest : public EgressFixture {
 protected:
  SecuredEgressE2eTest()
      : EgressFixture(lab::MosquittoOptions{}), certificates_(lab::make_certificates(dir())) {
    lab::MosquittoOptions options;
    options.tls = certificates_;
    options.require_client_certificate = true;
    options.users = {{"bridge", "correct-horse"}};
    secured_ = std::make_unique<lab::Mosquitto>(dir(), options, "secured");
    secured_->start();
  }

  std::unique_ptr<lab::Bridge> bridge(const std::filesystem::path& ca, const std::string& password,
                                      const std::string& name) {
    lab::BridgeOptions options;
    options.secrets["broker"] = {{"username", "bridge"}, {"password", password}};
    options.secrets["ca"] = {{"ca.crt", lab::read_file(ca)}};
    options.secrets["client"] = {{"tls.crt", lab::read_file(certificates_.client)},
                                 {"tls.key", lab::read_file(certificates_.client_key)}};
    auto config = commands();
    config.mqtt_servers = {"mqtts://localhost:" + std::to_string(secured_->tls_port())};
    config.mqtt =
        "auth: {secretRef: {name: broker}}\n"
        "tls: {caSecretRef: {name: ca}, certSecretRef: {name: client}}\n";
    auto made = std::make_unique<lab::Bridge>(dir(), to_yaml(config), options, name);
    made->start();
    return made;
  }

  static void expect_error(const lab::Bridge& bridge, const std::string& text) {
    lab::wait_until(
        [&] {
          return bridge.status().at("publishers").at(0).at("last_error").get<std::string>().find("MQTT: ") ==
                 0;
        },
        30s, "an error");
    const auto publisher = bridge.status().at("publishers").at(0);
    EXPECT_EQ(publisher.at("connected"), false);
    EXPECT_THAT(publisher.at("last_error").get<std::string>(), HasSubstr(text));
  }

  lab::Certificates certificates_;
  std::unique_ptr<lab::Mosquitto> secured_;
};

TEST_F(SecuredEgressE2eTest, CertificatesAndPasswordLetIn) {
  admin().create_topic(topic(), 1);
  const auto right = bridge(certificates_.ca, "correct-horse\n", "right");
  right->wait_ready();
  write({record("car-1", "stop")});
  wait_route(*right, "/delivered", 1);
  EXPECT_THAT(right->log_text(), Not(HasSubstr("correct-horse")));
}

TEST_F(SecuredEgressE2eTest, AWrongPasswordIsSaidAndNotShown) {
  admin().create_topic(topic(), 1);
  const auto wrong = bridge(certificates_.ca, "battery-staple", "wrong");
  expect_error(*wrong, "ot authorized");
  EXPECT_THAT(wrong->log_text(), Not(HasSubstr("battery-staple")));
}

TEST_F(SecuredEgressE2eTest, ACertificateOfAnotherAuthorityIsRefused) {
  admin().create_topic(topic(), 1);
  const auto wrong = bridge(certificates_.other_ca, "correct-horse", "wrong");
  expect_error(*wrong, "TLS");
}

}  // namespace
}  // namespace mkb::e2e
