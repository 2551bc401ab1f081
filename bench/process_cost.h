#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace mkb::bench {

/// CPU time that a process has used since its start, in seconds.
struct ProcessCost {
  double total = 0;                       ///< user and system, threads that have ended included
  std::map<std::string, double> threads;  ///< of those that live, by name; equal names added up

  /// What was used after `earlier`.
  [[nodiscard]] ProcessCost since(const ProcessCost& earlier) const;
};

/// From /proc; zero when there is no such process.
ProcessCost read_cost(pid_t process);

}  // namespace mkb::bench
