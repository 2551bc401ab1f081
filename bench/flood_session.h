#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/publish_block.h"
#include "bench/publish_flow.h"
#include "mqtt/frame.h"
#include "mqtt/protocol.h"

namespace mkb::bench {

struct FloodOptions {
  std::size_t payload_bytes = 256;
  std::size_t vehicles = 100;          ///< topics that a `+` of a filter stands for
  std::uint16_t window_311 = 1000;     ///< in flight to a 3.1.1 client, which cannot announce it
  std::size_t packets_in_block = 512;  ///< of one write at most
};

/// What all sessions of a broker have done; may be read from another thread.
struct FloodCounts {
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> out_of_order{0};
};

/// The broker's side of one client that subscribes, and from then on receives as many QoS 1 messages as its
/// Receive Maximum lets it. Owns the socket.
class FloodSession {
 public:
  FloodSession(int fd, const FloodOptions& options, FloodCounts& counts);
  ~FloodSession();
  FloodSession(const FloodSession&) = delete;
  FloodSession& operator=(const FloodSession&) = delete;

  /// Takes what can be read, then sends what may be sent. False: the session is over.
  bool on_readable();
  /// False: the session is over.
  bool on_writable() { return send(); }
  [[nodiscard]] bool wants_to_write() const { return !unsent_.empty() || !control_.empty(); }

 private:
  bool take_input();
  bool handle(const mqtt::Frame& frame);
  bool handle_connect(const mqtt::Frame& frame);
  bool handle_subscribe(const mqtt::Frame& frame);
  bool send();
  void next_run();
  bool write(std::string_view& bytes);

  int fd_;
  FloodOptions options_;
  FloodCounts& counts_;
  mqtt::Version version_ = mqtt::Version::k5;
  std::string input_;
  std::string control_;  ///< everything but PUBLISH
  std::vector<PublishTarget> targets_;
  bool targets_changed_ = false;
  PublishFlow flow_;
  std::string_view unsent_;  ///< of the run that is being written
};

}  // namespace mkb::bench
