#pragma once

#include <chrono>
#include <string>

#include "bench/contender.h"
#include "bench/throughput.h"

namespace mkb::bench {

struct SaturationOptions {
  int sessions = 1;  ///< as many filters that do not overlap
  int receive_maximum = 10'000;
  std::string linger_ms = "5";
  std::chrono::milliseconds warm_up{1500};
  std::chrono::milliseconds duration{4000};
};

/// Case (b): synthetic broker -> program -> mock Kafka, as fast as the program takes the messages. A message
/// counts when it is acknowledged to the broker. Throws LabError when nothing moves.
Throughput measure_saturation(Program program, const SaturationOptions& options);

}  // namespace mkb::bench
