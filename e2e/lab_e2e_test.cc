#include <csignal>

#include "e2e/bridge_fixture.h"
#include "e2e/lab/free_port.h"
#include "e2e/lab/http.h"
#include "e2e/lab/kafka_writer.h"
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
  std::vector<lab::OutgoingRecord> outgoing(100);
  for (int n = 0; n < 100; ++n) {
    auto& record = outgoing[static_cast<std::size_t>(n)];
    record.topic = topic();
    record.partition = n % 3;
    record.value = std::to_string(n);
    record.headers = {{"n", std::to_string(n)}};
  }
  lab::write_records(kafka().bootstrap(), outgoing);
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
