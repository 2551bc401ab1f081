#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mkb::lab {

/// One message, with the MQTT 5 properties a test may want.
struct PahoMessage {
  std::string topic;
  std::string payload;
  int qos = 1;
  bool retain = false;
  std::string content_type;
  std::string response_topic;
  std::string correlation_data;
  std::uint32_t expiry_seconds = 0;  ///< 0: none
  std::vector<std::pair<std::string, std::string>> user_properties;
};

/// An MQTT publisher made with Eclipse Paho, so that nothing of this project is on the sending side.
/// Pipelined: up to `window` messages are unacknowledged at a time. Not thread-safe. One connection's life:
/// after a loss make a new one.
class PahoPublisher {
 public:
  struct Options {
    std::string uri;  ///< mqtt://host:port
    std::string client_id;
    int window = 100;
    std::string username;
    std::string password;
  };
  /// Called with the tag of each published message, in their order: acknowledged, or never (false).
  using Outcome = std::function<void(std::uint64_t tag, bool acknowledged)>;

  PahoPublisher(Options options, Outcome outcome);
  ~PahoPublisher();
  PahoPublisher(const PahoPublisher&) = delete;
  PahoPublisher& operator=(const PahoPublisher&) = delete;

  /// Connects with MQTT 5; false when the broker does not accept it.
  bool connect();
  /// Publishes, first waiting for room in the window. False when the connection is lost: then every
  /// outstanding message, this one included, has had its outcome.
  bool publish(const PahoMessage& message, std::uint64_t tag);
  /// Waits until nothing is outstanding; false when the connection was lost.
  bool flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mkb::lab
