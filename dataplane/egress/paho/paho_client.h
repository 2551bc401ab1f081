#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "outgoing_message.h"

namespace mkb::dataplane {

struct PahoOptions {
  std::vector<std::string> servers;  ///< "tcp://host:port" or "ssl://host:port", tried in turn
  std::string client_id;
  bool version5 = true;
  int keep_alive_seconds = 30;
  std::uint32_t session_expiry_seconds = 3600;  ///< of MQTT 5
  int max_in_flight = 1000;
  // Files, as Paho wants them; empty: none.
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
};

struct PahoCredentials {
  std::optional<std::string> user_name;
  std::optional<std::string> password;
};

/// Something that happened on Paho's threads.
struct PahoEvent {
  enum class Kind : std::uint8_t { kConnected, kConnectFailed, kLost, kPublished, kRefused, kUnsent };
  Kind kind = Kind::kConnected;
  std::uint64_t id = 0;  ///< of the last three
  std::string text;      ///< of what went wrong
  bool resumed = false;  ///< of kConnected: the broker still has the session, Paho sends what is open again
  std::string server;
  std::size_t maximum_packet_size = 0;  ///< bytes; 0: the broker did not say
};

/// paho.mqtt.cpp as this bridge uses it: publishing only, events in a queue, exceptions kept inside. The
/// first connection begins a new session; later ones resume it, so that Paho itself finishes what was in
/// flight.
///
/// Its header stands alone because Paho's headers have names that this repository's have too.
class PahoClient {
 public:
  /// `wake` is called on Paho's threads when take_events() has something, once until it is called.
  PahoClient(PahoOptions options, std::function<void()> wake);
  ~PahoClient();
  PahoClient(const PahoClient&) = delete;
  PahoClient& operator=(const PahoClient&) = delete;

  /// kConnected or kConnectFailed follows.
  void connect(const PahoCredentials& credentials);
  /// The broker has lost the session: forgets what was in flight. Before the next connect().
  void forget_session();
  /// False without a connection. Otherwise kPublished, kRefused or kUnsent follows.
  bool publish(std::uint64_t id, const OutgoingMessage& message);
  void disconnect();
  [[nodiscard]] bool connected() const;

  std::vector<PahoEvent> take_events();

 private:
  class Session;
  struct Events;

  void start_session();

  PahoOptions options_;
  std::shared_ptr<Events> events_;
  std::unique_ptr<Session> session_;
  /// Paho may be inside a callback of these; they go with the next session but one.
  std::unique_ptr<Session> retired_;
};

}  // namespace mkb::dataplane
