#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include "e2e/egress_fixture.h"

// The bridge is killed, or the MQTT broker goes away, in the middle of the stream.
namespace mkb::e2e {
namespace {

constexpr int kMaxInFlight = 500;
constexpr int kPartitions = 6;

lab::MosquittoOptions persistent() {
  lab::MosquittoOptions options;
  options.persistence = true;
  return options;
}

class EgressCrashE2eTest : public EgressFixture {
 protected:
  EgressCrashE2eTest() : EgressFixture(persistent()) {}

  [[nodiscard]] std::string yaml() const {
    return to_yaml(commands("  maxInFlight: " + std::to_string(kMaxInFlight) + "\n"));
  }

  [[nodiscard]] lab::CommandOptions paced(double rate) const {
    return {kafka().bootstrap(), topic(), 100, rate, 0};
  }
};

std::vector<lab::ReceivedMessage> without_repeats_of_the_broker(
    const std::vector<lab::ReceivedMessage>& messages) {
  std::set<std::string> seen;
  std::vector<lab::ReceivedMessage> kept;
  for (const auto& message : messages) {
    const bool first = seen.insert(message.payload).second;
    if (first || !message.dup) kept.push_back(message);
  }
  return kept;
}

// $MKB_E2E_SEED repeats a run.
unsigned seed() {
  const char* chosen = std::getenv("MKB_E2E_SEED");
  const unsigned made =
      chosen != nullptr ? static_cast<unsigned>(std::strtoul(chosen, nullptr, 10)) : std::random_device{}();
  std::cout << "MKB_E2E_SEED=" << made << "\n";
  return made;
}

TEST_F(EgressCrashE2eTest, KilledTwentyTimesLosesNothing) {
  constexpr int kKills = 20;
  std::mt19937 random(seed());
  admin().create_topic(topic(), kPartitions);
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), yaml(), instance("survivor"));
  bridge.start_ready();
  lab::CommandStream stream(paced(2'000));
  stream.start();
  for (int kill = 0; kill < kKills; ++kill) {
    // One in five dies before it has published anything, the others anywhere in the stream.
    if (random() % 5 != 0) {
      const auto progress = std::uniform_int_distribution<std::size_t>(1, 3'000)(random);
      wait_received(*subscriber, subscriber->count() + progress);
    }
    bridge.kill();
    bridge.start();
  }
  bridge.wait_ready(60s);
  wait_received(*subscriber, subscriber->count() + 1'000);
  stream.stop();
  stream.join();
  wait_settled({&bridge}, *subscriber, stream.sent());
  EXPECT_EQ(lab::imbalance(bridge.status()), "");
  expect_drains(bridge);
  const auto totals = audit(stream, *subscriber);
  EXPECT_EQ(totals.topics, 100u);
  // What is published and not yet committed comes again: at most twice what may be in flight, per kill.
  expect_balanced(totals, kKills * 2 * kMaxInFlight);
  expect_last_states(subscriber->messages());
}

TEST_F(EgressCrashE2eTest, TerminatedUnderLoadLosesAndDuplicatesNothing) {
  admin().create_topic(topic(), kPartitions);
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), yaml(), instance("survivor"));
  lab::CommandStream stream(paced(2'000));
  stream.start();
  for (int round = 0; round < 4; ++round) {
    bridge.start_ready();
    wait_received(*subscriber, subscriber->count() + 3'000);
    const auto end = bridge.terminate();
    EXPECT_EQ(end.code, 0) << "signal " << end.signal;
  }
  stream.stop();
  stream.join();
  bridge.start_ready();
  wait_settled({&bridge}, *subscriber, stream.sent());
  expect_drains(bridge);
  expect_balanced(audit(stream, *subscriber), 0);
}

TEST_F(EgressCrashE2eTest, MosquittoRestartedUnderLoadLosesNothing) {
  constexpr int kRestarts = 3;
  admin().create_topic(topic(), kPartitions);
  const auto subscriber = subscribe("vehicles/+/cmd", 3600);
  lab::Bridge bridge(dir(), yaml());
  bridge.start_ready();
  lab::CommandStream stream(paced(1'000));
  stream.start();
  for (int restart = 0; restart < kRestarts; ++restart) {
    wait_received(*subscriber, subscriber->count() + 1'500);
    mosquitto_.stop();
    // Far more than may be in flight has piled up in Kafka, and stays there.
    const auto lag_reaches = [&](std::uint64_t records) {
      lab::wait_until(
          [&] {
            EXPECT_LE(route_count(bridge, "/in_flight"), static_cast<std::uint64_t>(kMaxInFlight));
            return route_count(bridge, "/lag") >= records;
          },
          60s, "a lag of " + std::to_string(records) + " records");
    };
    // The lag is asked for every 2 s and may still be that of before the broker went: once it
    // has grown twice the window has had time to fill.
    for (int growth = 0; growth < 2; ++growth) lag_reaches(route_count(bridge, "/lag") + 1);
    lag_reaches(2 * kMaxInFlight);
    const auto taken = route_count(bridge, "/received");
    lag_reaches(std::max<std::uint64_t>(4 * kMaxInFlight, route_count(bridge, "/lag") + 1));
    EXPECT_EQ(route_count(bridge, "/received"), taken) << "records are read on without a broker";
    EXPECT_EQ(lab::imbalance(bridge.status()), "");
    mosquitto_.start();
    bridge.wait_ready(60s);
  }
  wait_received(*subscriber, subscriber->count() + 1'500);
  stream.stop();
  stream.join();
  lab::wait_until([&] { return subscriber->connected(); }, 30s, "the subscriber to be back");
  wait_settled({&bridge}, *subscriber, stream.sent());
  expect_drains(bridge);
  audit(stream, *subscriber);
  // The broker repeats what the subscriber had not acknowledged, too, and marks it.
  const auto messages = without_repeats_of_the_broker(subscriber->messages());
  std::cout << "  of them the broker's own               " << subscriber->count() - messages.size() << "\n";
  expect_balanced(stream.ledger(messages).totals(), kRestarts * kMaxInFlight);
  expect_last_states(messages);
}

TEST_F(EgressCrashE2eTest, KafkaRestartedUnderLoadLosesNothing) {
  admin().create_topic(topic(), kPartitions);
  const auto subscriber = subscribe();
  lab::Bridge bridge(dir(), yaml());
  bridge.start_ready();
  lab::CommandStream stream(paced(1'000));
  stream.start();
  wait_received(*subscriber, 2'000);
  kafka().kill();
  kafka();
  wait_received(*subscriber, subscriber->count() + 2'000, 120s);
  stream.stop();
  stream.join();
  wait_settled({&bridge}, *subscriber, stream.sent());
  expect_drains(bridge);
  expect_balanced(audit(stream, *subscriber), 2 * kMaxInFlight);
}

}  // namespace
}  // namespace mkb::e2e
