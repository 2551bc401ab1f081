#include "e2e/bridge_fixture.h"
#include "e2e/lab/free_port.h"

// The MQTT broker goes away and comes back, remembering its sessions, or another one takes over.
namespace mkb::e2e {
namespace {

constexpr int kReceiveMaximum = 1000;

class MosquittoRestartE2eTest : public BridgeFixture {
 protected:
  MosquittoRestartE2eTest() : mosquitto_(dir(), persistent()) { mosquitto_.start(); }

  static lab::MosquittoOptions persistent() {
    lab::MosquittoOptions options;
    options.persistence = true;
    return options;
  }

  lab::Mosquitto mosquitto_;
};

TEST_F(MosquittoRestartE2eTest, RestartedUnderLoadNothingIsLost) {
  constexpr int kRestarts = 3;
  admin().create_topic(topic(), 6);
  lab::Bridge bridge(dir(), to_yaml(telemetry(mosquitto_.uri())));
  bridge.start_ready();
  lab::FleetOptions options;
  options.uri = mosquitto_.uri();
  options.messages_per_second = 2'000;
  lab::Fleet fleet(options);
  fleet.start();
  for (int restart = 0; restart < kRestarts; ++restart) {
    const auto before = fleet.sent();
    lab::wait_until([&] { return fleet.sent() > before + 3'000; }, 60s, "3000 more messages sent");
    mosquitto_.stop();
    mosquitto_.start();
    bridge.wait_ready(60s);
  }
  fleet.stop();
  fleet.join();
  wait_drained(bridge, fleet.sent());
  expect_balanced(audit(fleet), kRestarts * kReceiveMaximum);
  const auto session = bridge.status().at("sessions").at(0);
  EXPECT_EQ(session.at("sessions_lost"), 0);
  EXPECT_EQ(session.at("connects"), kRestarts + 1);
  EXPECT_EQ(lab::imbalance(bridge.status()), "");
}

// kill -9 loses whatever mosquitto has not saved; what it has saved, the bridge must deliver.
TEST_F(MosquittoRestartE2eTest, KilledWhatItHadSavedArrives) {
  admin().create_topic(topic(), 6);
  lab::Bridge bridge(dir(), to_yaml(telemetry(mosquitto_.uri())));
  bridge.start_ready();
  kafka().freeze();
  lab::FleetOptions options;
  options.uri = mosquitto_.uri();
  options.messages_per_vehicle = 500;
  lab::Fleet fleet(options);
  fleet.start();
  fleet.join();
  ASSERT_EQ(fleet.sent(), 5'000u);
  // Two saves after the last message: the second one began after it.
  const auto database = dir() / "mosquitto-data" / "mosquitto.db";
  for (int save = 0; save < 2; ++save) {
    const auto since = std::filesystem::file_time_type::clock::now();
    lab::wait_until(
        [&] {
          return std::filesystem::exists(database) && std::filesystem::last_write_time(database) > since;
        },
        30s, "mosquitto to save its state");
  }
  mosquitto_.kill();
  mosquitto_.start();
  kafka().thaw();
  wait_drained(bridge, fleet.sent());
  expect_balanced(audit(fleet), kReceiveMaximum);
}

TEST_F(MosquittoRestartE2eTest, ServersAreTriedInTurnAndReplacedWhenTheyFail) {
  admin().create_topic(topic(), 1);
  lab::Mosquitto other(dir(), {}, "other");
  other.start();
  auto config = telemetry("mqtt://127.0.0.1:" + std::to_string(lab::free_port()));
  config.mqtt_servers.push_back(mosquitto_.uri());
  config.mqtt_servers.push_back(other.uri());
  lab::Bridge bridge(dir(), to_yaml(config));
  bridge.start_ready();
  EXPECT_EQ(bridge.status().at("sessions").at(0).at("server"),
            "127.0.0.1:" + std::to_string(mosquitto_.port()));
  mosquitto_.kill();
  lab::wait_until(
      [&] {
        const auto session = bridge.status().at("sessions").at(0);
        return session.at("ready") == true &&
               session.at("server") == "127.0.0.1:" + std::to_string(other.port());
      },
      60s, "the bridge to move to the other broker");
  // The other broker knows nothing of the session, and the bridge says so.
  EXPECT_EQ(bridge.status().at("sessions").at(0).at("sessions_lost"), 1);
  lab::FleetOptions options;
  options.uri = other.uri();
  options.messages_per_vehicle = 50;
  lab::Fleet fleet(options);
  fleet.start();
  fleet.join();
  wait_drained(bridge, fleet.sent());
  expect_balanced(audit(fleet), 0);
}

}  // namespace
}  // namespace mkb::e2e
