#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <thread>

#include "bench/flood_session.h"

namespace mkb::bench {

/// An MQTT broker that can saturate whoever subscribes: it accepts sessions on 127.0.0.1, answers CONNECT,
/// SUBSCRIBE and PINGREQ, and floods every session with messages for its filters. One thread of its own.
/// Throws std::system_error when the system refuses a socket.
class SyntheticBroker {
 public:
  /// `port` 0: any free one.
  explicit SyntheticBroker(const FloodOptions& options, std::uint16_t port = 0);
  ~SyntheticBroker();
  SyntheticBroker(const SyntheticBroker&) = delete;
  SyntheticBroker& operator=(const SyntheticBroker&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const FloodCounts& counts() const { return counts_; }

 private:
  void run();
  void accept();
  void watch(int fd, std::uint32_t events, int operation) const;

  FloodOptions options_;
  FloodCounts counts_;
  int listener_;
  int epoll_;
  int stop_;  ///< an eventfd
  std::uint16_t port_ = 0;
  struct Client {
    std::unique_ptr<FloodSession> session;
    bool watches_writable = false;
  };
  std::map<int, Client> clients_;
  std::thread thread_;
};

}  // namespace mkb::bench
