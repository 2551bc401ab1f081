#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "bench/publish_flow.h"

namespace mkb::bench {

struct LoaderOptions {
  double rate = 0;  ///< messages per second; 0: as fast as the broker and the limit let it
  std::size_t vehicles = 100;
  std::size_t payload_bytes = 256;
};

/// Publishes QoS 1 messages to an MQTT broker on fleet0/car-N/telemetry, each with the time of its sending in
/// its payload. One connection, one thread of its own. Throws LabError when it cannot connect.
class Loader {
 public:
  Loader(std::uint16_t port, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// At most so many messages in all; without a rate nothing is sent before the first call.
  void set_limit(std::uint64_t messages) { limit_ = messages; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  /// Sends nothing more; returns how many have been sent.
  std::uint64_t stop();

 private:
  void connect(std::uint16_t port);
  void run();
  bool publish(std::size_t allowed);
  bool read();
  bool write_all(std::string_view bytes);

  LoaderOptions options_;
  int fd_ = -1;
  std::string input_;
  PublishFlow flow_;
  std::atomic<std::uint64_t> limit_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> acknowledged_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace mkb::bench
