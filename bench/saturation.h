#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "bench/contender.h"

namespace mkb::bench {

struct SaturationOptions {
  int sessions = 1;  ///< as many filters that do not overlap
  int receive_maximum = 10'000;
  std::string linger_ms = "5";
  std::chrono::milliseconds warm_up{1500};
  std::chrono::milliseconds duration{4000};
};

/// What one measurement found.
struct Throughput {
  double messages_per_second = 0;
  double cpu_microseconds = 0;                        ///< of the measured process, per message, all threads
  std::map<std::string, double> thread_microseconds;  ///< per message, by thread name
  std::uint64_t out_of_order = 0;
  long resident_kib = 0;
};

/// Case (b): synthetic broker -> program -> mock Kafka, as fast as the program takes the messages. A message
/// counts when it is acknowledged to the broker. Throws LabError when nothing moves.
Throughput measure_saturation(Program program, const SaturationOptions& options);

}  // namespace mkb::bench
