#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mkb::lab {

/// One message as an MQTT 5 subscriber gets it.
struct ReceivedMessage {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;  ///< kept by the broker from before the subscription
  bool dup = false;
  std::optional<std::string> content_type;
  std::optional<std::string> response_topic;
  std::optional<std::string> correlation_data;
  std::optional<std::uint32_t> expiry_seconds;  ///< what is left of it
  std::optional<int> payload_format;
  std::vector<std::pair<std::string, std::string>> user_properties;  ///< in their order

  /// The first user property of that name.
  [[nodiscard]] std::optional<std::string> user_property(const std::string& name) const;
};

/// An MQTT 5 subscriber made with Eclipse Paho, so that nothing of this project is on the receiving side. It
/// keeps every message in the order of arrival, and after a lost connection it connects and subscribes again.
class PahoSubscriber {
 public:
  struct Options {
    std::string uri;  ///< mqtt://host:port
    std::string client_id;
    std::vector<std::string> filters;
    int qos = 1;
    /// 0: the session ends with its connection; otherwise it is resumed, and the broker keeps what comes
    /// meanwhile.
    std::uint32_t session_expiry_seconds = 0;
    std::string username;
    std::string password;
  };

  explicit PahoSubscriber(Options options);
  ~PahoSubscriber();
  PahoSubscriber(const PahoSubscriber&) = delete;
  PahoSubscriber& operator=(const PahoSubscriber&) = delete;

  /// Connects and subscribes; false when the broker refuses either.
  bool connect();
  [[nodiscard]] bool connected() const;
  [[nodiscard]] std::size_t count() const;
  /// The messages from number `first` on.
  [[nodiscard]] std::vector<ReceivedMessage> messages(std::size_t first = 0) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mkb::lab
