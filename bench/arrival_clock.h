#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "e2e/lab/kafka_handle.h"

namespace mkb::bench {

/// The values that 50 %, 99 % and 99.9 % of the messages did not exceed, in milliseconds.
struct Quantiles {
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
};

/// Consumes a topic from its present end and notes how old each record is when it arrives, by the sender's
/// time in its payload. One thread of its own. Throws LabError.
class ArrivalClock {
 public:
  ArrivalClock(const std::string& bootstrap, const std::string& topic, int partitions);
  ~ArrivalClock();
  ArrivalClock(const ArrivalClock&) = delete;
  ArrivalClock& operator=(const ArrivalClock&) = delete;

  /// What arrives counts from now on.
  void begin() { counting_ = true; }
  /// Stops and evaluates; zeros when nothing has arrived.
  Quantiles finish();

 private:
  void run();
  void note(const rd_kafka_message_t& message);

  lab::KafkaHandle consumer_;
  std::vector<std::uint32_t> microseconds_;
  std::atomic<bool> counting_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace mkb::bench
