#include <array>
#include <csignal>

#include "e2e/bridge_fixture.h"
#include "e2e/lab/free_port.h"
#include "e2e/lab/http.h"
#include "e2e/lab/paho_publisher.h"

// The instruments are tested before they measure: what these servers and clients claim is true without any
// bridge between them.
namespace mkb::e2e {
namespace {

using LabE2eTest = BridgeFixture;

TEST_F(LabE2eTest, ProcessReportsExitAndSignal) {
  EXPECT_EQ(lab::run({"sh", "-c", "echo hello; exit 3"}, 10s).status.code, 3);
  EXPECT_EQ(lab::run({"sh", "-c", "echo hello; exit 3"}, 10s).text, "hello\n");
  lab::Process sleeper({"sleep", "100"}, dir() / "sleep.log");
  EXPECT_TRUE(sleeper.running());
  EXPECT_GT(sleeper.resident_kib(), 0);
  sleeper.signal(SIGTERM);
  EXPECT_EQ(sleeper.wait(10s)->signal, SIGTERM);
  EXPECT_THROW(lab::Process({"no-such-program"}, dir() / "none.log"), lab::LabError);
}

TEST_F(LabE2eTest, ProcessDiesWithItsOwner) {
  pid_t pid = 0;
  {
    const lab::Process sleeper({"sleep", "100"}, dir() / "sleep.log");
    pid = sleeper.pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST_F(LabE2eTest, HttpWithoutAServerIsStatusZero) {
  EXPECT_EQ(lab::http_get(lab::free_port(), "/", 1s).status, 0);
}

TEST_F(LabE2eTest, MetricsAndStatusAreReadAndBalanced) {
  const std::string text =
      "# HELP x y\nmkb_messages_received_total{direction=\"a\",route=\"r\"} 10\n"
      "mkb_messages_delivered_total{direction=\"a\",route=\"r\"} 7\n"
      "mkb_messages_dropped_total{route=\"r\",reason=\"template\"} 1\n"
      "mkb_messages_dropped_total{route=\"r\",reason=\"too_large\"} 1\n"
      "mkb_messages_in_flight{route=\"r\"} 1\n";
  EXPECT_EQ(lab::imbalance(lab::parse_metrics(text)), "");
  EXPECT_NE(lab::imbalance(lab::parse_metrics(text + "mkb_messages_in_flight{route=\"s\"} 1\n")), "");
  EXPECT_NE(lab::imbalance(std::map<std::string, double>{}), "");
  auto status = nlohmann::json::parse(R"({"routes":[{"name":"r","received":5,"delivered":2,"filtered":0,
      "dead_lettered":1,"dropped":{"template":1},"in_flight":1}]})");
  EXPECT_EQ(lab::imbalance(status), "");
  status["routes"][0]["in_flight"] = 0;
  EXPECT_NE(lab::imbalance(status), "");
}

TEST_F(LabE2eTest, FleetKeepsBooksThroughABrokerRestart) {
  lab::Mosquitto mosquitto(dir(), {});
  mosquitto.start();
  lab::Fleet fleet({mosquitto.uri(), 3});
  fleet.start();
  lab::wait_until([&] { return fleet.sent() > 300; }, 30s, "300 messages sent");
  mosquitto.kill();
  mosquitto.start();
  const auto before = fleet.sent();
  lab::wait_until([&] { return fleet.sent() > before + 300; }, 60s, "300 more messages sent");
  fleet.stop();
  fleet.join();
  const auto totals = fleet.ledger({}).totals();
  EXPECT_EQ(totals.topics, 3u);
  EXPECT_EQ(totals.sent, fleet.sent());
  EXPECT_EQ(totals.sent + totals.unknown, fleet.published());
  EXPECT_EQ(totals.lost, totals.sent) << "no bridge, so no record";
}

TEST_F(LabE2eTest, MosquittoRefusesAWrongPassword) {
  lab::MosquittoOptions options;
  options.users = {{"bridge", "right"}};
  lab::Mosquitto mosquitto(dir(), options);
  mosquitto.start();
  const auto nothing = [](std::uint64_t, bool) {};
  EXPECT_FALSE(lab::PahoPublisher({mosquitto.uri(), "a", 1, "bridge", "wrong"}, nothing).connect());
  EXPECT_TRUE(lab::PahoPublisher({mosquitto.uri(), "a", 1, "bridge", "right"}, nothing).connect());
}

TEST_F(LabE2eTest, KafkaKeepsItsRecordsThroughAKill) {
  admin().create_topic(topic(), 3);
  EXPECT_EQ(admin().partitions(topic()), 3);
  EXPECT_EQ(admin().partitions("no-such-topic"), 0);
  const auto producer =
      lab::make_kafka_handle(RD_KAFKA_PRODUCER, {{"bootstrap.servers", kafka().bootstrap()}});
  const std::string name = topic();
  for (int n = 0; n < 100; ++n) {
    std::string text = std::to_string(n);
    std::array<rd_kafka_vu_t, 5> fields{};
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = name.c_str();
    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[1].u.i32 = n % 3;
    fields[2].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[2].u.mem = {text.data(), text.size()};
    fields[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[3].u.i = RD_KAFKA_MSG_F_COPY;
    fields[4].vtype = RD_KAFKA_VTYPE_HEADER;
    fields[4].u.header = {"n", text.data(), static_cast<ssize_t>(text.size())};
    ASSERT_EQ(rd_kafka_produceva(producer.get(), fields.data(), fields.size()), nullptr);
  }
  ASSERT_EQ(rd_kafka_flush(producer.get(), 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  kafka().kill();
  const auto records = lab::read_topic(kafka().bootstrap(), topic(), 100);
  ASSERT_EQ(records.size(), 100u);
  EXPECT_EQ(records.front().value, "0");
  EXPECT_EQ(records.front().header("n"), "0");
  EXPECT_EQ(records.front().key, std::nullopt);
  EXPECT_EQ(records.back().partition, 2);
  EXPECT_EQ(records.back().offset, 32);
}

}  // namespace
}  // namespace mkb::e2e
