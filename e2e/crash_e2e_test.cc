#include <csignal>

#include "e2e/bridge_fixture.h"

// The bridge ends, in every way a process can, in the middle of the stream.
namespace mkb::e2e {
namespace {

constexpr int kReceiveMaximum = 1000;
/// Slow enough that what queues up while the bridge restarts fits into the receive maximum. mosquitto 2.0.11
/// exceeds the receive maximum once more than that has queued up, and then more can come again.
constexpr double kModestRate = 1'500;
constexpr double kSaturation = 8'000;

class CrashE2eTest : public BridgeFixture {
 protected:
  CrashE2eTest() : mosquitto_(dir(), {}) { mosquitto_.start(); }

  lab::BridgeConfig config(int qos) {
    auto made = telemetry(mosquitto_.uri());
    made.mqtt = "receiveMaximum: " + std::to_string(kReceiveMaximum);
    made.routes.replace(made.routes.find("qos: 1"), 6, "qos: " + std::to_string(qos));
    return made;
  }

  lab::FleetOptions fleet_options(int qos, double rate) {
    lab::FleetOptions options;
    options.uri = mosquitto_.uri();
    options.qos = qos;
    options.messages_per_second = rate;
    return options;
  }

  // Waits until the stream has moved on by that many records.
  void wait_progress(std::int64_t records) {
    auto kafka_admin = admin();
    const auto before = kafka_admin.records(topic());
    lab::wait_until([&] { return kafka_admin.records(topic()) >= before + records; }, 60s,
                    std::to_string(records) + " more records in Kafka");
  }

  // Kills the bridge `kills` times in mid-stream and restarts it; the books afterwards.
  lab::Ledger::Totals kill_in_mid_stream(int qos, int kills, double rate) {
    admin().create_topic(topic(), 6);
    lab::Bridge bridge(dir(), to_yaml(config(qos)));
    bridge.start_ready();
    lab::Fleet fleet(fleet_options(qos, rate));
    fleet.start();
    for (int kill = 0; kill < kills; ++kill) {
      wait_progress(2'000);
      bridge.kill();
      bridge.start_ready();
    }
    wait_progress(2'000);
    fleet.stop();
    fleet.join();
    wait_drained(bridge, fleet.sent());
    EXPECT_EQ(bridge.status().at("sessions").at(0).at("sessions_lost"), 0);
    EXPECT_EQ(lab::imbalance(bridge.status()), "");
    return audit(fleet);
  }

  lab::Mosquitto mosquitto_;
};

TEST_F(CrashE2eTest, KilledWithQosOneLosesNothing) {
  constexpr int kKills = 4;
  // What had its acks=all but not yet its PUBACK comes again: at most the receive maximum, per kill.
  expect_balanced(kill_in_mid_stream(1, kKills, kModestRate), kKills * kReceiveMaximum);
}

TEST_F(CrashE2eTest, KilledWithQosTwoLosesNothing) {
  constexpr int kKills = 3;
  // Exactly-once ends at the process: what had its acks=all but not yet its PUBREC comes again.
  expect_balanced(kill_in_mid_stream(2, kKills, kModestRate), kKills * kReceiveMaximum);
}

TEST_F(CrashE2eTest, KilledAtSaturationWithQosOneLosesNothing) {
  const auto totals = kill_in_mid_stream(1, 2, kSaturation);
  expect_balanced(totals, totals.records);
}

TEST_F(CrashE2eTest, KilledAtSaturationWithQosTwoLosesNothing) {
  const auto totals = kill_in_mid_stream(2, 2, kSaturation);
  expect_balanced(totals, totals.records);
}

TEST_F(CrashE2eTest, TerminatedUnderLoadLosesAndDuplicatesNothing) {
  admin().create_topic(topic(), 6);
  lab::Bridge bridge(dir(), to_yaml(config(1)));
  bridge.start_ready();
  lab::Fleet fleet(fleet_options(1, kSaturation));
  fleet.start();
  for (int round = 0; round < 4; ++round) {
    wait_progress(5'000);
    const auto end = bridge.terminate();
    EXPECT_EQ(end.code, 0) << "signal " << end.signal;
    bridge.start_ready();
  }
  fleet.stop();
  fleet.join();
  wait_drained(bridge, fleet.sent());
  expect_balanced(audit(fleet), 0);
  EXPECT_EQ(bridge.status().at("sessions").at(0).at("sessions_lost"), 0);
}

class DrainE2eTest : public CrashE2eTest {
 protected:
  // A bridge with messages in flight that cannot land, because Kafka is frozen.
  void start_stuck(lab::Bridge& bridge, lab::Fleet& fleet) {
    admin().create_topic(topic(), 1);
    bridge.start_ready();
    fleet.start();
    wait_progress(100);
    kafka().freeze();
    lab::wait_until([&] { return bridge.route("telemetry").at("in_flight") > 0; }, 20s, "messages in flight");
  }

  // Thaws Kafka, starts the bridge again and balances the books.
  void recover(lab::Bridge& bridge, lab::Fleet& fleet) {
    kafka().thaw();
    bridge.start_ready();
    fleet.stop();
    fleet.join();
    wait_drained(bridge, fleet.sent());
    expect_balanced(audit(fleet), kReceiveMaximum);
  }
};

TEST_F(DrainE2eTest, DrainPastItsDeadlineExitsWithThree) {
  lab::BridgeOptions options;
  options.arguments = {"--drain-timeout", "2s"};
  lab::Bridge bridge(dir(), to_yaml(config(1)), options);
  lab::Fleet fleet(fleet_options(1, kSaturation));
  start_stuck(bridge, fleet);
  const auto begin = std::chrono::steady_clock::now();
  const auto end = bridge.terminate(10s);
  EXPECT_EQ(end.code, 3) << "signal " << end.signal;
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1900ms);
  recover(bridge, fleet);
}

TEST_F(DrainE2eTest, SecondSigtermExitsAtOnce) {
  lab::Bridge bridge(dir(), to_yaml(config(1)));
  lab::Fleet fleet(fleet_options(1, kSaturation));
  start_stuck(bridge, fleet);
  bridge.process().signal(SIGTERM);
  lab::wait_until([&] { return bridge.status().at("draining") == true; }, 10s, "the bridge to drain");
  const auto begin = std::chrono::steady_clock::now();
  const auto end = bridge.terminate(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 8s) << "it waited for the drain's deadline";
  EXPECT_NE(end.code, 0) << "messages were in flight";
  recover(bridge, fleet);
}

}  // namespace
}  // namespace mkb::e2e
