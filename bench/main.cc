#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/saturation.h"
#include "e2e/lab/interrupt.h"

int main(int argc, char** argv) {
  CLI::App app{"Measures the bridge: CPU time per message, messages per second, latency."};
  mkb::bench::SaturationOptions options;
  app.add_option("--sessions", options.sessions);
  app.add_option("--receive-maximum", options.receive_maximum);
  app.add_option("--linger-ms", options.linger_ms);
  int repetitions = 3;
  bool paho = false;
  app.add_flag("--paho", paho);
  app.add_option("--repetitions", repetitions);
  CLI11_PARSE(app, argc, argv);
  mkb::lab::catch_interrupts();
  for (int i = 0; i < repetitions; ++i) {
    const auto result =
        measure_saturation(paho ? mkb::bench::Program::kForwarder : mkb::bench::Program::kBridge, options);
    std::printf("%8.0f msg/s  %.2f us  rss %ld KiB  out of order %lu |", result.messages_per_second,
                result.cpu_microseconds, result.resident_kib, result.out_of_order);
    for (const auto& [name, us] : result.thread_microseconds) {
      if (us > 0.005) std::printf(" %s %.2f", name.c_str(), us);
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}
