#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "bench/mock_kafka.h"
#include "bench/synthetic_broker.h"

// The two ends of a bridge in one process, for measuring and profiling it by hand: a flooding MQTT broker and
// a mock Kafka cluster.

namespace mkb::bench {
namespace {

int run(int seconds, const FloodOptions& flood, std::uint16_t port, const std::vector<std::string>& topics,
        int partitions, const std::string& ready_file) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before any thread starts

  const MockKafka kafka(topics, partitions);
  const SyntheticBroker broker(flood, port);
  const std::string ready =
      "mqtt 127.0.0.1:" + std::to_string(broker.port()) + "\nkafka " + kafka.bootstrap() + "\n";
  std::fputs(ready.c_str(), stdout);
  std::fflush(stdout);
  if (!ready_file.empty()) {
    std::ofstream(ready_file) << ready;
  }
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  auto last = begin;
  std::uint64_t last_acknowledged = 0;
  const timespec second{1, 0};
  const auto seconds_since = [](Clock::time_point when) {
    return std::chrono::duration<double>(Clock::now() - when).count();
  };
  while (seconds_since(begin) < seconds && sigtimedwait(&ending, nullptr, &second) < 0) {
    const std::uint64_t acknowledged = broker.counts().acknowledged;
    std::printf("%9.0f messages/s\n",
                static_cast<double>(acknowledged - last_acknowledged) / seconds_since(last));
    std::fflush(stdout);
    last = Clock::now();
    last_acknowledged = acknowledged;
  }
  std::printf("sent %llu, acknowledged %llu, out of order %llu\n",
              static_cast<unsigned long long>(broker.counts().sent),
              static_cast<unsigned long long>(broker.counts().acknowledged),
              static_cast<unsigned long long>(broker.counts().out_of_order));
  return broker.counts().out_of_order == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mkb::bench

int main(int argc, char** argv) {
  CLI::App app{"A flooding MQTT broker and a mock Kafka cluster in one process."};
  app.option_defaults()->always_capture_default();
  int seconds = 60;
  int partitions = 4;
  std::uint16_t port = 0;
  mkb::bench::FloodOptions flood;
  std::vector<std::string> topics = {"telemetry"};
  std::string ready_file;
  app.add_option("--seconds", seconds, "end after so long");
  app.add_option("--port", port, "of the MQTT broker; 0: any free one");
  app.add_option("--payload-bytes", flood.payload_bytes)->check(CLI::Range(192, 1'000'000));
  app.add_option("--vehicles", flood.vehicles, "topics that a + of a filter stands for")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--window", flood.window_311, "messages in flight to a 3.1.1 client");
  app.add_option("--kafka-topic", topics, "topics to create in Kafka");
  app.add_option("--partitions", partitions, "of each topic");
  app.add_option("--ready-file", ready_file, "write both addresses to this file");
  CLI11_PARSE(app, argc, argv);
  try {
    return mkb::bench::run(seconds, flood, port, topics, partitions, ready_file);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
