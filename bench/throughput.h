#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "bench/process_cost.h"

namespace mkb::bench {

/// What a process did in a stretch of time.
struct Throughput {
  double messages_per_second = 0;
  double cpu_microseconds = 0;                        ///< per message, all threads
  std::map<std::string, double> thread_microseconds;  ///< per message, by thread name
  long resident_kib = 0;
  std::uint64_t out_of_order = 0;  ///< PUBACKs; only a synthetic broker sees them
};

/// `used`: what the process needed for `messages` in `seconds`.
Throughput throughput_of(std::uint64_t messages, double seconds, const ProcessCost& used);

}  // namespace mkb::bench
