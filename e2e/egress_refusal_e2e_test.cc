#include "e2e/egress_fixture.h"

// Records that make no MQTT message, or one that the broker does not take: what the bridge says of them,
// where they go, and that none goes silently.
namespace mkb::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class EgressRefusalE2eTest : public EgressFixture {
 protected:
  explicit EgressRefusalE2eTest(const lab::MosquittoOptions& options = {}) : EgressFixture(options) {}

  [[nodiscard]] std::string to_dead_letters() const {
    return "  onError: {deadLetterTopic: " + topic(".dlq") + "}\n";
  }

  void create_topics(int partitions = 1) {
    admin().create_topic(topic(), partitions);
    admin().create_topic(topic(".dlq"), 1);
  }

  static void expect_told(const lab::Bridge& bridge, const std::string& words) {
    EXPECT_THAT(bridge.route("commands").at("last_error").get<std::string>(), HasSubstr(words));
    EXPECT_THAT(bridge.log_text(), HasSubstr(words));
  }
};

class TooLargeE2eTest : public EgressRefusalE2eTest {
 protected:
  TooLargeE2eTest() : EgressRefusalE2eTest(small()) {}
  static lab::MosquittoOptions small() {
    lab::MosquittoOptions options;
    options.max_packet_size = 10'000;
    return options;
  }
};

TEST_F(TooLargeE2eTest, GoesToTheDeadLetterTopic) {
  create_topics();
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands(to_dead_letters())));
  bridge.start_ready();
  auto large = record("car-1", std::string(20'000, 'x'));
  large.headers = {{"trace", "abc"}, {"mqtt.content-type", "text/plain"}};
  write({record("car-1", "before"), large, record("car-1", "after")});
  wait_received(*subscriber, 2);
  EXPECT_THAT(payloads(subscriber->messages()), ElementsAre("before", "after"));
  EXPECT_EQ(wait_route(bridge, "/dead_lettered", 1).at("delivered"), 2);

  const auto letter = dead_letter("too_large", 0, 1);
  EXPECT_EQ(letter.header("mkb-dlq-topic"), "vehicles/car-1/cmd");
  EXPECT_EQ(letter.key, "car-1");
  EXPECT_EQ(letter.value, *large.value);
  EXPECT_EQ(letter.header("trace"), "abc");
  EXPECT_EQ(letter.header("mqtt.content-type"), "text/plain");
  expect_drains(bridge);
}

TEST_F(TooLargeE2eTest, IsDroppedAndCountedWhenTheRouteSaysSo) {
  admin().create_topic(topic(), 1);
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands("  onError: {action: Drop}\n")));
  bridge.start_ready();
  write({record("car-1", std::string(20'000, 'x')), record("car-1", "after")});
  wait_received(*subscriber, 1);
  EXPECT_THAT(payloads(subscriber->messages()), ElementsAre("after"));
  EXPECT_EQ(wait_route(bridge, "/dropped/too_large", 1).at("dead_lettered"), 0);
  expect_drains(bridge);
}

TEST_F(EgressRefusalE2eTest, RecordWithoutAKeyIsATemplateError) {
  create_topics();
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands(to_dead_letters())));
  bridge.start_ready();
  auto bad = record("", "nobody's");
  bad.key.reset();
  write({bad, record("car-1", "good")});
  wait_received(*subscriber, 1);
  EXPECT_THAT(payloads(subscriber->messages()), ElementsAre("good"));
  wait_route(bridge, "/dead_lettered", 1);
  const auto letter = dead_letter("template", 0, 0);
  EXPECT_EQ(letter.key, std::nullopt);
  EXPECT_EQ(letter.value, "nobody's");
  expect_told(bridge, "key");
  expect_drains(bridge);
}

TEST_F(EgressRefusalE2eTest, TombstoneStaysATombstoneInTheDeadLetterTopic) {
  create_topics();
  lab::Bridge bridge(dir(), to_yaml(commands(to_dead_letters(), "vehicles/${value.v}/cmd")));
  bridge.start_ready();
  auto tombstone = record("car-1", "");
  tombstone.value.reset();
  write({tombstone});
  wait_route(bridge, "/dead_lettered", 1);
  EXPECT_TRUE(dead_letter("template", 0, 0).tombstone);
}

struct BadTopic {
  const char* name;
  const char* to;  ///< what the topic template is worth
};
class InvalidTopicE2eTest : public EgressRefusalE2eTest, public testing::WithParamInterface<BadTopic> {};

TEST_P(InvalidTopicE2eTest, GoesToTheDeadLetterTopic) {
  create_topics(2);
  const auto subscriber = subscribe("#");
  lab::Bridge bridge(dir(), to_yaml(commands(to_dead_letters(), "${headers.to}")));
  bridge.start_ready();
  auto good = record("car-1", "good", 1);
  good.headers = {{"to", "vehicles/car-1/cmd"}};
  auto bad = record("car-1", "bad", 1);
  bad.headers = {{"to", GetParam().to}};
  write({good, bad, good});
  wait_received(*subscriber, 2);
  EXPECT_THAT(payloads(subscriber->messages()), ElementsAre("good", "good"));
  wait_route(bridge, "/dead_lettered", 1);
  EXPECT_EQ(dead_letter("invalid_topic", 1, 1).value, "bad");
  expect_drains(bridge);
}
INSTANTIATE_TEST_SUITE_P(Topics, InvalidTopicE2eTest,
                         testing::Values(BadTopic{"Plus", "vehicles/+/cmd"}, BadTopic{"Hash", "vehicles/#"},
                                         BadTopic{"Empty", ""}, BadTopic{"NotUtf8", "vehicles/\xff/cmd"}),
                         [](const auto& bad) { return bad.param.name; });

TEST_F(EgressRefusalE2eTest, InvalidTopicIsDroppedAndCountedWhenTheRouteSaysSo) {
  admin().create_topic(topic(), 1);
  const auto subscriber = subscribe("#");
  lab::Bridge bridge(dir(), to_yaml(commands("  onError: {action: Drop}\n")));
  bridge.start_ready();
  auto keyless = record("", "keyless");
  keyless.key.reset();
  write({record("+", "plus"), keyless, record("car-1", "good")});
  wait_received(*subscriber, 1);
  EXPECT_THAT(payloads(subscriber->messages()), ElementsAre("good"));
  wait_route(bridge, "/dropped/invalid_topic", 1);
  EXPECT_EQ(wait_route(bridge, "/dropped/template", 1).at("delivered"), 1);
  expect_drains(bridge);
}

TEST_F(EgressRefusalE2eTest, BadRecordHoldsItsOffsetByDefaultAndNoOtherKey) {
  constexpr std::uint64_t kOthers = 50;
  admin().create_topic(topic(), 2);
  const auto subscriber = subscribe("#");
  lab::Bridge bridge(dir(), to_yaml(commands()));
  bridge.start_ready();
  write({record("car-1", "before", 0), record("+", "bad", 0), record("car-1", "behind", 0)});
  wait_route(bridge, "/delivered", 2);
  wait_route(bridge, "/blocked", 1);
  expect_told(bridge, "topic");
  for (std::uint64_t round = 1; round <= 2; ++round) {
    write(std::vector<lab::OutgoingRecord>(kOthers, record("car-2", "other", 1)));
    wait_route(bridge, "/delivered", 2 + round * kOthers);
  }
  EXPECT_EQ(subscriber->count(), 2 + 2 * kOthers);

  // The remedy: a route that can take it. The record is still in Kafka.
  const auto end = bridge.terminate();
  EXPECT_NE(end.code, -1) << "signal " << end.signal;
  EXPECT_THAT(admin().committed(group(), topic()), ElementsAre(1, 2 * kOthers));
  admin().create_topic(topic(".dlq"), 1);
  lab::Bridge mended(dir(), to_yaml(commands(to_dead_letters())), {}, "mended");
  mended.start_ready();
  EXPECT_EQ(dead_letter("invalid_topic", 0, 1).value, "bad");
  // What was published behind the bad record comes again: its offset was not committed.
  wait_received(*subscriber, 3 + 2 * kOthers);
  EXPECT_EQ(subscriber->messages().back().payload, "behind");
  wait_settled({&mended}, *subscriber, 3 + 2 * kOthers);
  expect_drains(mended);
}

class DeniedE2eTest : public EgressRefusalE2eTest {
 protected:
  DeniedE2eTest() : EgressRefusalE2eTest(guarded()) {}

  static lab::MosquittoOptions guarded() {
    lab::MosquittoOptions options;
    options.acl = "topic readwrite #\ntopic deny vehicles/forbidden/cmd\n";
    options.log_denied = true;
    return options;
  }

  [[nodiscard]] int refusals() const {
    int count = 0;
    const auto log = mosquitto_.log_text();
    for (auto at = log.find("Denied PUBLISH"); at != std::string::npos;
         at = log.find("Denied PUBLISH", at + 1))
      ++count;
    return count;
  }
};

TEST_F(DeniedE2eTest, IsTriedAgainAndThenGoesToTheDeadLetterTopic) {
  create_topics();
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands("  onError: {retries: 3, retryDelay: 100ms, deadLetterTopic: " +
                                             topic(".dlq") + "}\n")));
  bridge.start_ready();
  write({record("car-1", "before"), record("forbidden", "bad"), record("car-1", "after")});
  wait_received(*subscriber, 2);
  EXPECT_EQ(wait_route(bridge, "/dead_lettered", 1).at("delivered"), 2);
  EXPECT_EQ(refusals(), 1 + 3);
  EXPECT_THAT(payloads(subscriber->messages()), ElementsAre("before", "after"));
  const auto letter = dead_letter("refused", 0, 1);
  EXPECT_EQ(letter.header("mkb-dlq-topic"), "vehicles/forbidden/cmd");
  EXPECT_EQ(letter.value, "bad");
  expect_told(bridge, "vehicles/forbidden/cmd");
  expect_drains(bridge);
}

TEST_F(DeniedE2eTest, IsDroppedAndCountedWhenTheRouteSaysSo) {
  admin().create_topic(topic(), 1);
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands("  onError: {retries: 0, action: Drop}\n")));
  bridge.start_ready();
  write({record("forbidden", "bad"), record("car-1", "after")});
  wait_received(*subscriber, 1);
  wait_route(bridge, "/dropped/refused", 1);
  EXPECT_EQ(refusals(), 1);
  expect_drains(bridge);
}

}  // namespace
}  // namespace mkb::e2e
