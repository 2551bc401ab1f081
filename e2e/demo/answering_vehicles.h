#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "e2e/lab/command_stream.h"
#include "e2e/lab/ledger.h"
#include "e2e/lab/paho_subscriber.h"

namespace mkb::demo {

/// Vehicles that answer their commands: what comes on vehicles/<v>/cmd is answered on vehicles/<v>/answers.
/// One MQTT client stands for all of them.
class AnsweringVehicles {
 public:
  explicit AnsweringVehicles(const std::string& uri);
  /// Stops.
  ~AnsweringVehicles();
  AnsweringVehicles(const AnsweringVehicles&) = delete;
  AnsweringVehicles& operator=(const AnsweringVehicles&) = delete;

  /// Subscribes and begins; throws LabError when the broker does not let it.
  void start();
  /// Answers what has been received, and ends.
  void stop();
  [[nodiscard]] std::uint64_t received() const { return subscriber_.count(); }
  [[nodiscard]] std::vector<lab::ReceivedMessage> commands() const { return subscriber_.messages(); }
  /// Answers that the broker has acknowledged.
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  /// The books of the answers, none of which has arrived yet.
  [[nodiscard]] lab::Ledger answers() const;

 private:
  void answer();
  void answer_connection(std::vector<lab::Command>& taken);

  std::string uri_;
  lab::PahoSubscriber subscriber_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> answered_{0};
  mutable std::mutex mutex_;
  lab::Ledger ledger_;  ///< guarded by mutex_; its topics are the vehicles
  std::thread thread_;
};

}  // namespace mkb::demo
