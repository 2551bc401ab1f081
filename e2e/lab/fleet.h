#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "e2e/lab/kafka_reader.h"
#include "e2e/lab/ledger.h"

namespace mkb::lab {

struct FleetOptions {
  std::string uri;                      ///< of the MQTT broker
  int vehicles = 10;                    ///< each one is a client with a topic of its own
  std::string topic_root = "vehicles";  ///< topics are <root>/car-<n>/telemetry
  std::vector<std::string> depots{};    ///< with some, <root>/<depot>/car-<n>/telemetry, in turn
  int qos = 1;
  std::size_t payload_bytes = 256;         ///< at least; small ones are padded
  int window = 100;                        ///< unacknowledged messages per vehicle
  std::uint64_t messages_per_vehicle = 0;  ///< 0: until stop()
  double messages_per_second = 0;          ///< of the whole fleet; 0: as fast as the broker acknowledges
};

/// A fleet of vehicles that publish telemetry, one thread each. Every topic's messages are numbered, and a
/// number is never published twice: after a lost connection a vehicle goes on with the next one.
class Fleet {
 public:
  explicit Fleet(FleetOptions options);
  /// Stops and joins.
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  void start();
  /// No new messages; outstanding ones are still awaited.
  void stop() { stopping_ = true; }
  /// Waits until every vehicle has finished.
  void join();
  /// Messages that the broker has acknowledged.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  /// Messages published, acknowledged or not.
  [[nodiscard]] std::uint64_t published() const { return published_; }
  /// The books so far, with these records entered as arrived.
  [[nodiscard]] Ledger ledger(const std::vector<KafkaRecord>& records) const;

 private:
  void drive(int vehicle);
  void drive_connection(int vehicle, std::uint64_t& next);
  [[nodiscard]] bool finished(std::uint64_t next) const;

  FleetOptions options_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> published_{0};
  mutable std::mutex mutex_;
  Ledger ledger_;  ///< guarded by mutex_
  std::vector<std::thread> threads_;
};

/// The MQTT topic and number a vehicle wrote into a record; throws LabError when it is not a vehicle's.
void enter(Ledger& ledger, const std::vector<KafkaRecord>& records);

}  // namespace mkb::lab
