#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "e2e/lab/bridge.h"
#include "e2e/lab/fleet.h"
#include "e2e/lab/kafka.h"
#include "e2e/lab/kafka_admin.h"
#include "e2e/lab/kafka_reader.h"
#include "e2e/lab/lab_error.h"
#include "e2e/lab/mosquitto.h"
#include "e2e/lab/temp_dir.h"
#include "e2e/lab/wait.h"

namespace mkb::e2e {

using namespace std::chrono_literals;

/// What every end-to-end test starts from: a directory of its own, whose logs are kept when it fails, one
/// Apache Kafka per test program, and a Kafka topic named after the test.
class BridgeFixture : public testing::Test {
 protected:
  BridgeFixture();
  ~BridgeFixture() override;
  void TearDown() override;

  /// The program's Kafka, started at the first call; a test that stopped it gets it started again.
  static lab::Kafka& kafka();
  static lab::KafkaAdmin admin() { return lab::KafkaAdmin(kafka().bootstrap()); }
  [[nodiscard]] const std::filesystem::path& dir() const { return dir_.path(); }
  /// The test's own topic name; `suffix` for further ones.
  [[nodiscard]] std::string topic(const std::string& suffix = "") const { return topic_ + suffix; }

  /// A configuration with one route, `telemetry`, from vehicles/+/telemetry to topic(), keyed by topic[1].
  [[nodiscard]] lab::BridgeConfig telemetry(const std::string& mqtt_uri,
                                            const std::string& route_lines = "") const;

  /// Waits until Kafka holds at least `count` records of topic(), and no more arrive and nothing is in flight
  /// for 2 s.
  void wait_drained(const lab::Bridge& bridge, std::uint64_t count,
                    std::chrono::milliseconds timeout = 120s) const;
  /// Reads topic() and balances it against what the fleet sent.
  [[nodiscard]] lab::Ledger::Totals audit(const lab::Fleet& fleet) const;

 private:
  lab::TempDir dir_;
  std::string topic_;
};

/// Expects that nothing is lost or invented and that each topic's order is kept; duplicates at most
/// `duplicates`.
void expect_balanced(const lab::Ledger::Totals& totals, std::uint64_t duplicates);

}  // namespace mkb::e2e
