#pragma once

#include <chrono>
#include <string>

#include "cli/api_access.h"

namespace mkb::cli {

struct TopOptions {
  std::string name;  ///< empty: every bridge of the namespace
  ApiAccessOptions access;
  bool once = false;
  std::chrono::milliseconds interval{2000};
};

/// `mkbctl top`: prints until SIGINT or SIGTERM, or once, and returns the exit code.
int run_top(const TopOptions& options);

}  // namespace mkb::cli
