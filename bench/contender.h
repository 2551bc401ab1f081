#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "e2e/lab/process.h"

namespace mkb::bench {

/// What is measured.
enum class Program {
  kBridge,     ///< mkb-dataplane: acknowledges what Kafka has acknowledged
  kForwarder,  ///< the reference: Paho and librdkafka, acknowledges what it has received
};
const char* name_of(Program program);

/// How it is set up, the same for both.
struct ContenderOptions {
  std::uint16_t mqtt_port = 0;
  std::string kafka_bootstrap;
  std::vector<std::string> filters;
  std::string kafka_topic = "telemetry";
  int receive_maximum = 1000;
  std::string linger_ms = "5";
};

/// A running process of one of the programs, found beside the running one; ends with this object.
class Contender {
 public:
  /// Files go to `dir`. Throws LabError.
  Contender(Program program, const std::filesystem::path& dir, const ContenderOptions& options);
  ~Contender();
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;

  [[nodiscard]] lab::Process& process() { return process_; }
  /// Waits until it has subscribed; throws LabError.
  void wait_subscribed();
  /// /metrics of the bridge, as text; empty when there is no answer.
  [[nodiscard]] std::string metrics() const;
  /// Ends it the polite way and waits; throws LabError when it does not end.
  void terminate();

 private:
  std::filesystem::path port_file_;
  lab::Process process_;
};

}  // namespace mkb::bench
