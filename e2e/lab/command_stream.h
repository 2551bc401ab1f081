#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "e2e/lab/ledger.h"
#include "e2e/lab/paho_subscriber.h"

namespace mkb::lab {

struct CommandOptions {
  std::string bootstrap;           ///< of Kafka
  std::string topic;               ///< of Kafka
  int vehicles = 20;               ///< keys are car-0, car-1, ...
  double commands_per_second = 0;  ///< of all vehicles; 0: as fast as Kafka takes them
  std::uint64_t commands = 0;      ///< of all vehicles; 0: until stop()
};

/// A control centre: one thread that writes commands for a fleet into Kafka, to one vehicle after the other.
/// Each vehicle's commands are numbered.
class CommandStream {
 public:
  explicit CommandStream(CommandOptions options) : options_(std::move(options)) {}
  /// Stops and joins.
  ~CommandStream();
  CommandStream(const CommandStream&) = delete;
  CommandStream& operator=(const CommandStream&) = delete;

  void start();
  /// No new commands; those under way are still awaited.
  void stop() { stopping_ = true; }
  /// Waits until it has finished.
  void join();
  /// Commands that Kafka has.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  /// The books so far, with these messages entered as arrived.
  [[nodiscard]] Ledger ledger(const std::vector<ReceivedMessage>& messages) const;

 private:
  void drive();

  CommandOptions options_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> sent_{0};
  mutable std::mutex mutex_;
  Ledger ledger_;  ///< guarded by mutex_; its topics are the vehicles
  std::thread thread_;
};

struct Command {
  std::string vehicle;
  std::uint64_t number = 0;
};
/// The command in a payload of the stream; throws LabError when it is none.
Command parse_command(const std::string& payload);

/// How the books of commands are printed.
LedgerWords command_words();

}  // namespace mkb::lab
