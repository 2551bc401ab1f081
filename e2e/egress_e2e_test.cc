#include <algorithm>
#include <random>

#include "e2e/egress_fixture.h"
#include "e2e/scraper.h"

// The way from Kafka to MQTT on a good day: everything arrives once, in order, as it was meant.
namespace mkb::e2e {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Pair;

using EgressE2eTest = EgressFixture;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

TEST_F(EgressE2eTest, TwentyThousandCommandsReachEverySubscriberOnceInOrder) {
  constexpr std::uint64_t kCommands = 20'000;
  admin().create_topic(topic(), 6);
  const auto first = subscribe();
  const auto second = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands()));
  bridge.start_ready();
  Scraper scraper(bridge.admin_port());

  lab::CommandStream stream({kafka().bootstrap(), topic(), 200, 0, kCommands});
  stream.start();
  stream.join();
  ASSERT_EQ(stream.sent(), kCommands);
  wait_received(*second, kCommands);
  wait_settled({&bridge}, *first, kCommands);
  scraper.stop();
  EXPECT_EQ(scraper.problem(), "");
  EXPECT_GT(scraper.scrapes(), 20);

  const auto route = bridge.route("commands");
  EXPECT_EQ(route.at("direction"), "kafka_to_mqtt");
  EXPECT_EQ(route.at("received"), kCommands);
  EXPECT_EQ(route.at("delivered"), kCommands);
  EXPECT_EQ(route.at("partitions"), 6);
  EXPECT_EQ(route.at("latency").at("count"), kCommands);
  expect_drains(bridge);
  for (const auto* subscriber : {first.get(), second.get()}) {
    const auto totals = audit(stream, *subscriber);
    EXPECT_EQ(totals.topics, 200u);
    EXPECT_EQ(totals.sent, kCommands);
    expect_balanced(totals, 0);
    for (const auto& message : subscriber->messages()) ASSERT_EQ(message.qos, 1);
  }
}

TEST_F(EgressE2eTest, WhatWasWrittenWhileTheBridgeWasAwayArrivesOnceItIsBack) {
  admin().create_topic(topic(), 3);
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands()));
  lab::CommandStream stream({kafka().bootstrap(), topic(), 10, 0, 1'000});
  stream.start();
  stream.join();
  bridge.start_ready();
  wait_received(*subscriber, 1'000);
  wait_settled({&bridge}, *subscriber, 1'000);
  expect_drains(bridge);
  write({record("car-0", R"({"v":"car-0","n":100})")});
  bridge.start_ready();
  wait_received(*subscriber, 1'001);
  wait_settled({&bridge}, *subscriber, 1'001);
  EXPECT_EQ(subscriber->count(), 1'001u) << "a restart repeats nothing";
}

TEST_F(EgressE2eTest, TemplatesMakeTheMessage) {
  admin().create_topic(topic(), 1);
  const auto subscriber = subscribe("#");
  lab::Bridge bridge(dir(),
                     to_yaml(commands("  qos: \"${headers.qos}\"\n"
                                      "  retain: \"${value.keep}\"\n"
                                      "  payload: \"${value.do} ${key} $$\"\n"
                                      "  userProperties: {n: \"${offset}\", at: \"${timestamp}\", from: "
                                      "\"${topic}/${partition}\"}\n",
                                      "${headers.to}/${key}")));
  bridge.start_ready();
  auto stop = record("car-1", R"({"do":"stop","keep":true})");
  stop.headers = {{"to", "trucks"}, {"qos", "0"}};
  stop.timestamp_ms = now_ms();
  auto go = record("car-2", R"({"do":"go","keep":false})");
  go.headers = {{"to", "cars"}, {"to", "buses/x"}, {"qos", "1"}};
  write({stop, go});
  wait_received(*subscriber, 2);

  const auto got = subscriber->messages();
  EXPECT_EQ(got.at(0).topic, "trucks/car-1");
  EXPECT_EQ(got.at(0).payload, "stop car-1 $");
  EXPECT_EQ(got.at(0).qos, 0);
  EXPECT_EQ(got.at(0).user_property("n"), "0");
  EXPECT_EQ(got.at(0).user_property("at"), std::to_string(stop.timestamp_ms));
  EXPECT_EQ(got.at(0).user_property("from"), topic() + "/0");
  EXPECT_EQ(got.at(1).topic, "buses/x/car-2") << "the last header counts";
  EXPECT_EQ(got.at(1).qos, 1);
  EXPECT_EQ(got.at(1).user_property("n"), "1");
  // Of the two, only the first is kept.
  const auto later = subscribe("#");
  wait_received(*later, 1);
  write({go});
  wait_received(*later, 2);
  EXPECT_EQ(later->messages().at(0).topic, "trucks/car-1");
  EXPECT_TRUE(later->messages().at(0).retain);
  EXPECT_EQ(later->messages().at(1).topic, "buses/x/car-2");
  EXPECT_FALSE(later->messages().at(1).retain);
}

class TransactionE2eTest : public EgressFixture {
 protected:
  // One transaction is aborted and one committed; what has arrived when the record after them has.
  std::vector<std::string> arrived(const std::string& route_lines) {
    admin().create_topic(topic(), 1);
    const auto subscriber = subscribe();
    lab::Bridge bridge(dir(), to_yaml(commands(route_lines)));
    bridge.start_ready();
    lab::KafkaWriter writer(kafka().bootstrap(), topic());
    writer.begin();
    writer.write(record("car-1", "aborted"));
    writer.abort();
    writer.begin();
    writer.write(record("car-1", "committed"));
    writer.commit();
    write({record("car-1", "last")});
    lab::wait_until(
        [&] { return subscriber->count() > 0 && subscriber->messages().back().payload == "last"; }, 60s,
        "the last record");
    wait_settled({&bridge}, *subscriber, 1);
    expect_drains(bridge);
    return payloads(subscriber->messages());
  }
};

TEST_F(TransactionE2eTest, AbortedRecordsAreNotPublished) {
  EXPECT_THAT(arrived(""), ElementsAre("committed", "last"));
}

TEST_F(TransactionE2eTest, ReadUncommittedPublishesThem) {
  EXPECT_THAT(arrived("  isolation: ReadUncommitted\n"), ElementsAre("aborted", "committed", "last"));
}

TEST_F(EgressE2eTest, OneMebibyteArrivesIntact) {
  admin().create_topic(topic(), 1, {{"max.message.bytes", "4194304"}});
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands()));
  bridge.start_ready();
  std::minstd_rand random(1);
  std::string large(1 << 20, '\0');
  std::generate(large.begin(), large.end(), [&] { return static_cast<char>(random()); });
  write({record("car-1", "before"), record("car-1", large), record("car-1", "after")});
  wait_received(*subscriber, 3);
  const auto got = payloads(subscriber->messages());
  EXPECT_EQ(got.at(0), "before");
  EXPECT_TRUE(got.at(1) == large) << got.at(1).size() << " bytes";
  EXPECT_EQ(got.at(2), "after");
}

TEST_F(EgressE2eTest, TombstoneClearsTheRetainedMessage) {
  admin().create_topic(topic(), 1);
  lab::Bridge bridge(dir(), to_yaml(commands("  retain: true\n")));
  bridge.start_ready();
  write({record("car-1", "one"), record("car-2", "two")});
  wait_route(bridge, "/delivered", 2);
  const auto early = subscribe();
  wait_received(*early, 2);
  for (const auto& message : early->messages()) EXPECT_TRUE(message.retain) << message.topic;

  auto tombstone = record("car-1", "");
  tombstone.value.reset();
  write({tombstone});
  wait_route(bridge, "/delivered", 3);
  wait_received(*early, 3);
  EXPECT_EQ(early->messages().at(2).payload, "") << "subscribers are told";
  // Retained messages come before anything that is published later.
  const auto later = subscribe();
  write({record("car-3", "three")});
  wait_received(*later, 2);
  EXPECT_THAT(payloads(later->messages()), ElementsAre("two", "three"));
}

class PropertiesE2eTest : public EgressFixture {
 protected:
  lab::OutgoingRecord aged(const std::string& value, const std::string& expiry) const {
    auto made = record("car-1", value);
    made.timestamp_ms = now_ms() - 100'000;
    made.headers = {{"mqtt.expiry", expiry}};
    return made;
  }
};

TEST_F(PropertiesE2eTest, HeadersBecomeProperties) {
  admin().create_topic(topic(), 1);
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands("  userProperties: {n: \"${offset}\"}\n")));
  bridge.start_ready();
  const std::string correlation("\x00\x01\xff", 3);
  auto sent = aged(R"({"do":"stop"})", "1000");
  for (const auto& header :
       std::vector<std::pair<std::string, std::string>>{{"trace", "abc"},
                                                        {"mqtt.content-type", "application/json"},
                                                        {"mqtt.response-topic", "replies/car-1"},
                                                        {"mqtt.correlation-data", correlation},
                                                        {"unit", "km/h"},
                                                        {"mqtt.payload-format-indicator", "1"},
                                                        {"trace", "def"}}) {
    sent.headers.push_back(header);
  }
  write({sent});
  wait_received(*subscriber, 1);

  const auto got = subscriber->messages().at(0);
  EXPECT_EQ(got.payload, *sent.value);
  EXPECT_EQ(got.content_type, "application/json");
  EXPECT_EQ(got.response_topic, "replies/car-1");
  EXPECT_EQ(got.correlation_data, correlation);
  EXPECT_EQ(got.payload_format, 1);
  // A slow machine may take some seconds more.
  EXPECT_THAT(got.expiry_seconds.value_or(0), AllOf(testing::Gt(860u), testing::Le(900u)));
  EXPECT_EQ(got.user_property("n"), "0");
  EXPECT_NE(got.user_property("mkb-origin").value_or(""), "");
  EXPECT_EQ(got.user_property("mkb-hops"), "1");
  auto others = got.user_properties;
  others.erase(std::remove_if(others.begin(), others.end(),
                              [](const auto& property) {
                                return property.first == "n" || property.first.rfind("mkb-", 0) == 0;
                              }),
               others.end());
  EXPECT_THAT(others, ElementsAre(Pair("trace", "abc"), Pair("unit", "km/h"), Pair("trace", "def")));
}

TEST_F(PropertiesE2eTest, ExpiredRecordsAreCountedAndNotSent) {
  admin().create_topic(topic(), 1);
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), to_yaml(commands("  messageExpiry: 1h\n")));
  bridge.start_ready();
  write({aged("stale", "50"), aged("fresh", "1000"), record("car-1", "plain")});
  wait_received(*subscriber, 2);
  EXPECT_THAT(payloads(subscriber->messages()), ElementsAre("fresh", "plain"));
  const auto route = wait_route(bridge, "/dropped/expired", 1);
  EXPECT_EQ(route.at("delivered"), 2);
  // A record that does not say it has the route's.
  EXPECT_THAT(subscriber->messages().at(1).expiry_seconds.value_or(0),
              AllOf(testing::Gt(3540u), testing::Le(3600u)));
  expect_drains(bridge);
}

}  // namespace
}  // namespace mkb::e2e
