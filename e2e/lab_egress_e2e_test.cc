#include "e2e/bridge_fixture.h"
#include "e2e/demo/answering_vehicles.h"
#include "e2e/lab/command_stream.h"
#include "e2e/lab/kafka_writer.h"
#include "e2e/lab/paho_publisher.h"
#include "e2e/lab/paho_subscriber.h"

// The instruments of the way from Kafka to MQTT, tested before they measure.
namespace mkb::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class LabEgressE2eTest : public BridgeFixture {
 protected:
  // Publishes and says whether every message was acknowledged.
  static bool publish(const lab::Mosquitto& mosquitto, const std::vector<lab::PahoMessage>& messages) {
    bool acknowledged = true;
    lab::PahoPublisher publisher({mosquitto.uri(), "publisher", 100, {}, {}},
                                 [&](std::uint64_t, bool good) { acknowledged = acknowledged && good; });
    if (!publisher.connect()) return false;
    for (const auto& message : messages) publisher.publish(message, 0);
    return publisher.flush() && acknowledged;
  }

  static lab::PahoMessage message(const std::string& topic, const std::string& payload) {
    lab::PahoMessage made;
    made.topic = topic;
    made.payload = payload;
    return made;
  }

  lab::OutgoingRecord record(const std::string& value) const {
    lab::OutgoingRecord made;
    made.topic = topic();
    made.partition = 0;
    made.value = value;
    return made;
  }

  static std::vector<std::string> payloads(const lab::PahoSubscriber& subscriber) {
    std::vector<std::string> all;
    for (const auto& message : subscriber.messages()) all.push_back(message.payload);
    return all;
  }

  static void wait_count(const lab::PahoSubscriber& subscriber, std::size_t count) {
    lab::wait_until([&] { return subscriber.count() >= count; }, 30s, std::to_string(count) + " messages");
  }
};

TEST_F(LabEgressE2eTest, SubscriberSeesEveryProperty) {
  lab::Mosquitto mosquitto(dir(), {});
  mosquitto.start();
  auto kept = message("a/kept", "old");
  kept.retain = true;
  ASSERT_TRUE(publish(mosquitto, {kept}));
  lab::PahoSubscriber subscriber({mosquitto.uri(), "subscriber", {"a/+", "b"}, 1, 0, {}, {}});
  ASSERT_TRUE(subscriber.connect());
  wait_count(subscriber, 1);
  auto sent = message("a/live", "new");
  sent.content_type = "text/plain";
  sent.response_topic = "r";
  sent.correlation_data = std::string("\x00\x01", 2);
  sent.expiry_seconds = 1000;
  sent.user_properties = {{"k", "1"}, {"k", "2"}};
  auto at_most_once = message("b", "plain");
  at_most_once.qos = 0;
  ASSERT_TRUE(publish(mosquitto, {sent, at_most_once}));
  wait_count(subscriber, 3);

  const auto got = subscriber.messages();
  EXPECT_EQ(got.at(0).payload, "old");
  EXPECT_TRUE(got.at(0).retain);
  EXPECT_EQ(got.at(1).topic, "a/live");
  EXPECT_EQ(got.at(1).qos, 1);
  EXPECT_FALSE(got.at(1).retain);
  EXPECT_FALSE(got.at(1).dup);
  EXPECT_EQ(got.at(1).content_type, "text/plain");
  EXPECT_EQ(got.at(1).response_topic, "r");
  EXPECT_EQ(got.at(1).correlation_data, sent.correlation_data);
  EXPECT_EQ(got.at(1).payload_format, std::nullopt);
  EXPECT_THAT(got.at(1).expiry_seconds.value_or(0), testing::AllOf(testing::Gt(990u), testing::Le(1000u)));
  EXPECT_THAT(got.at(1).user_properties, ElementsAre(Pair("k", "1"), Pair("k", "2")));
  EXPECT_EQ(got.at(1).user_property("k"), "1");
  EXPECT_EQ(got.at(1).user_property("none"), std::nullopt);
  EXPECT_EQ(got.at(2).qos, 0);
  EXPECT_EQ(got.at(2).content_type, std::nullopt);
  EXPECT_EQ(subscriber.messages(2).size(), 1u);
  EXPECT_TRUE(subscriber.messages(3).empty());
}

TEST_F(LabEgressE2eTest, SubscriberResumesItsSessionAfterARestart) {
  lab::MosquittoOptions options;
  options.persistence = true;
  lab::Mosquitto mosquitto(dir(), options);
  mosquitto.start();
  lab::PahoSubscriber subscriber({mosquitto.uri(), "subscriber", {"a"}, 1, 3600, {}, {}});
  ASSERT_TRUE(subscriber.connect());
  ASSERT_TRUE(publish(mosquitto, {message("a", "before")}));
  wait_count(subscriber, 1);
  for (const auto* payload : {"first", "second"}) {
    mosquitto.stop();
    lab::wait_until([&] { return !subscriber.connected(); }, 10s, "the connection to end");
    mosquitto.start();
    // The subscriber tries again once a second: most likely it is not back yet.
    ASSERT_TRUE(publish(mosquitto, {message("a", payload)}));
    lab::wait_until([&] { return subscriber.connected(); }, 30s, "the subscriber to come back");
  }
  wait_count(subscriber, 3);
  EXPECT_THAT(payloads(subscriber), ElementsAre("before", "first", "second"));
}

TEST_F(LabEgressE2eTest, SubscriberWithoutASessionSubscribesAgain) {
  lab::Mosquitto mosquitto(dir(), {});
  mosquitto.start();
  lab::PahoSubscriber subscriber({mosquitto.uri(), "subscriber", {"a"}, 1, 0, {}, {}});
  ASSERT_TRUE(subscriber.connect());
  mosquitto.kill();
  mosquitto.start();
  lab::wait_until([&] { return publish(mosquitto, {message("a", "x")}) && subscriber.count() > 0; }, 30s,
                  "a message after the restart");
}

TEST_F(LabEgressE2eTest, SubscriberIsRefusedAWrongPassword) {
  lab::MosquittoOptions options;
  options.users = {{"bridge", "right"}};
  lab::Mosquitto mosquitto(dir(), options);
  mosquitto.start();
  EXPECT_FALSE(lab::PahoSubscriber({mosquitto.uri(), "a", {"a"}, 1, 0, "bridge", "wrong"}).connect());
  EXPECT_TRUE(lab::PahoSubscriber({mosquitto.uri(), "a", {"a"}, 1, 0, "bridge", "right"}).connect());
}

TEST_F(LabEgressE2eTest, MosquittoDeniesWhatItsRulesForbid) {
  lab::MosquittoOptions options;
  options.acl = "topic readwrite a/+\ntopic deny a/forbidden\n";
  options.log_denied = true;
  lab::Mosquitto mosquitto(dir(), options);
  mosquitto.start();
  EXPECT_TRUE(publish(mosquitto, {message("a/allowed", "x")}));
  EXPECT_THAT(mosquitto.log_text(), testing::Not(HasSubstr("Denied PUBLISH")));
  EXPECT_FALSE(publish(mosquitto, {message("a/forbidden", "x")}));
  EXPECT_THAT(mosquitto.log_text(), HasSubstr("Denied PUBLISH"));
}

TEST_F(LabEgressE2eTest, MosquittoRefusesLargePackets) {
  lab::MosquittoOptions options;
  options.max_packet_size = 2000;
  lab::Mosquitto mosquitto(dir(), options);
  mosquitto.start();
  EXPECT_TRUE(publish(mosquitto, {message("a", std::string(1900, 'x'))}));
  EXPECT_FALSE(publish(mosquitto, {message("a", std::string(2100, 'x'))}));
}

TEST_F(LabEgressE2eTest, WriterWritesWhatARecordCanHave) {
  admin().create_topic(topic(), 2);
  auto full = record("text");
  full.partition = 1;
  full.key = "k";
  full.headers = {{"a", "1"}, {"b", std::string("\x00\xff", 2)}, {"a", ""}};
  full.timestamp_ms = 1'700'000'000'000;
  auto tombstone = record("");
  tombstone.key = "k";
  tombstone.value.reset();
  lab::write_records(kafka().bootstrap(), {full, tombstone, record("")});

  const auto records = lab::read_topic(kafka().bootstrap(), topic());
  ASSERT_EQ(records.size(), 3u);
  EXPECT_TRUE(records[0].tombstone);
  EXPECT_EQ(records[0].key, "k");
  EXPECT_FALSE(records[1].tombstone);
  EXPECT_EQ(records[1].key, std::nullopt);
  EXPECT_EQ(records[1].value, "");
  EXPECT_GT(records[1].timestamp_ms, full.timestamp_ms);
  EXPECT_EQ(records[2].partition, 1);
  EXPECT_EQ(records[2].value, "text");
  EXPECT_EQ(records[2].timestamp_ms, full.timestamp_ms);
  EXPECT_EQ(records[2].headers, full.headers);
}

TEST_F(LabEgressE2eTest, WriterTellsWhatKafkaRefuses) {
  admin().create_topic(topic(), 1, {{"max.message.bytes", "2000"}});
  std::vector<bool> outcomes;
  lab::KafkaWriter writer(kafka().bootstrap(), {},
                          [&](std::uint64_t, bool good) { outcomes.push_back(good); });
  writer.write(record("small"));
  writer.flush();
  writer.write(record(std::string(20'000, 'x')));
  EXPECT_THROW(writer.flush(), lab::LabError);
  EXPECT_THAT(outcomes, ElementsAre(true, false));
}

TEST_F(LabEgressE2eTest, AbortedRecordsAreInTheLogAndNotRead) {
  admin().create_topic(topic(), 1);
  lab::KafkaWriter writer(kafka().bootstrap(), topic());
  writer.begin();
  writer.write(record("aborted"));
  writer.abort();
  writer.begin();
  writer.write(record("committed"));
  writer.commit();
  const auto records = lab::read_topic(kafka().bootstrap(), topic());
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].value, "committed");
  EXPECT_EQ(records[0].offset, 2) << "after the aborted record and the mark of its end";
  EXPECT_EQ(admin().records(topic()), 4);
}

TEST_F(LabEgressE2eTest, CommittedOffsetsAreRead) {
  admin().create_topic(topic(), 2);
  lab::write_records(kafka().bootstrap(), {record("0"), record("1")});
  const auto group = topic("-group");
  EXPECT_THAT(admin().committed(group, topic()), ElementsAre(-1, -1));
  EXPECT_FALSE(admin().all_committed(group, topic()));
  const auto member = lab::make_kafka_handle(
      RD_KAFKA_CONSUMER, {{"bootstrap.servers", kafka().bootstrap()}, {"group.id", group}});
  const std::unique_ptr<rd_kafka_topic_partition_list_t,
                        lab::KafkaDelete<rd_kafka_topic_partition_list_destroy>>
      offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), topic().c_str(), 0)->offset = 2;
  ASSERT_EQ(rd_kafka_commit(member.get(), offsets.get(), 0), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_THAT(admin().committed(group, topic()), ElementsAre(2, -1));
  EXPECT_TRUE(admin().all_committed(group, topic())) << "nothing is in partition 1";
}

TEST_F(LabEgressE2eTest, CommandStreamKeepsItsBooks) {
  admin().create_topic(topic(), 3);
  lab::CommandStream stream({kafka().bootstrap(), topic(), 7, 0, 15'000});
  stream.start();
  stream.join();
  EXPECT_EQ(stream.sent(), 15'000u);
  EXPECT_EQ(admin().records(topic()), 15'000);
  EXPECT_EQ(stream.ledger({}).totals().lost, 15'000u);
  // Carried over by hand: record by record, in the order of each partition.
  std::vector<lab::ReceivedMessage> messages;
  for (const auto& record : lab::read_topic(kafka().bootstrap(), topic())) {
    auto& message = messages.emplace_back();
    message.topic = "vehicles/" + record.key.value_or("") + "/cmd";
    message.payload = record.value;
  }
  const auto totals = stream.ledger(messages).totals();
  EXPECT_EQ(totals.topics, 7u);
  EXPECT_EQ(totals.sent, 15'000u);
  expect_balanced(totals, 0);
  messages.front().topic = "vehicles/other/cmd";
  EXPECT_THROW((void)stream.ledger(messages), lab::LabError);
}

TEST_F(LabEgressE2eTest, CommandStreamHasARateAndAnEnd) {
  admin().create_topic(topic(), 1);
  lab::CommandStream stream({kafka().bootstrap(), topic(), 2, 200, 0});
  const auto begin = std::chrono::steady_clock::now();
  stream.start();
  lab::wait_until([&] { return stream.sent() >= 200; }, 30s, "200 commands");
  EXPECT_GT(std::chrono::steady_clock::now() - begin, 900ms);
  stream.stop();
  stream.join();
  EXPECT_EQ(static_cast<std::int64_t>(stream.sent()), admin().records(topic()));
}

TEST_F(LabEgressE2eTest, VehiclesAnswerEveryCommandOnce) {
  lab::Mosquitto mosquitto(dir(), {});
  mosquitto.start();
  demo::AnsweringVehicles vehicles(mosquitto.uri());
  vehicles.start();
  lab::PahoSubscriber centre({mosquitto.uri(), "centre", {"vehicles/+/answers"}, 1, 0, {}, {}});
  ASSERT_TRUE(centre.connect());
  std::vector<lab::PahoMessage> commands;
  for (int n = 0; n < 50; ++n) {
    for (const std::string vehicle : {"car-0", "car-1"}) {
      commands.push_back(message("vehicles/" + vehicle + "/cmd",
                                 R"({"v":")" + vehicle + R"(","n":)" + std::to_string(n) + "}"));
    }
  }
  ASSERT_TRUE(publish(mosquitto, commands));
  wait_count(centre, 100);
  lab::wait_until([&] { return vehicles.answered() == 100; }, 30s, "acknowledged answers");
  // What came just before the end is answered, too.
  ASSERT_TRUE(publish(mosquitto, {message("vehicles/car-0/cmd", R"({"v":"car-0","n":50})")}));
  lab::wait_until([&] { return vehicles.received() == 101; }, 30s, "the last command");
  vehicles.stop();
  wait_count(centre, 101);
  auto books = vehicles.answers();
  EXPECT_EQ(books.totals().lost, 101u) << "none has been entered as arrived";
  for (const auto& answer : centre.messages()) {
    const auto parsed = lab::parse_command(answer.payload);
    EXPECT_EQ(answer.topic, "vehicles/" + parsed.vehicle + "/answers");
    books.arrived(parsed.vehicle, parsed.number);
  }
  EXPECT_EQ(books.totals().topics, 2u);
  expect_balanced(books.totals(), 0);
}

}  // namespace
}  // namespace mkb::e2e
