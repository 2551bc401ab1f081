#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "e2e/lab/interrupt.h"

namespace mkb::demo {

/// Prints at once, also into a pipe.
template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print(format, std::forward<Args>(args)...);
  std::fflush(stdout);
}

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Starts something and says how long that took.
template <class Start>
void step(const std::string& what, Start start) {
  print("  {:<44}", what);
  const auto begin = std::chrono::steady_clock::now();
  start();
  print(" ready after {:.1f} s\n", seconds_since(begin));
}

/// Runs a demo that Ctrl-C can interrupt; returns the exit code of the program.
template <class Demo>
int run_to_end(Demo demo) {
  lab::catch_interrupts();
  try {
    return demo();
  } catch (const lab::Interrupted&) {
    fmt::print("\nInterrupted; everything is stopped.\n");
    return 130;
  } catch (const std::exception& error) {
    fmt::print(stderr, "\nThe demo failed: {}\n", error.what());
    return 1;
  }
}

}  // namespace mkb::demo
