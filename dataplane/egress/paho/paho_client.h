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
  std::vector<std::string> servers;  ///< "tcp://host:port" or "ssl://host:port"
  std::string client_id;
  bool version5 = true;
  int keep_alive_seconds = 30;
  std::uint32_t session_expiry_seconds = 3600;  ///< of MQTT 5; not 0
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

/// Something that happened on other threads.
struct PahoEvent {
  enum class Kind : std::uint8_t { kConnected, kConnectFailed, kLost, kPublished, kRefused, kUnsent };
  Kind kind = Kind::kConnected;
  std::uint64_t id = 0;  ///< of the last three
  std::string text;      ///< of what went wrong
  // Of kConnected:
  bool fresh = false;                   ///< the first connection of a session: nothing is in flight
  bool resumed = false;                 ///< the broker still has the session, Paho sends what is open again
  std::size_t maximum_packet_size = 0;  ///< bytes; 0: the broker did not say
  int maximum_qos = 2;
  bool retain_available = true;
};

/// paho.mqtt.cpp as this bridge uses it: publishing only, calls made on a thread of its own because Paho
/// holds one lock for all clients while it resolves names, events in a queue, exceptions kept inside. The
/// first connection begins a new session; later ones resume it, so that Paho itself finishes what was in
/// flight.
///
/// Paho C 1.3.12 frees a message whose first write fails and sends it again when the session is resumed. So a
/// session in which that happened is neither used nor destroyed any more, and a new one begins.
///
/// Its header stands alone because Paho's headers have names that this repository's have too.
class PahoClient {
 public:
  /// `wake` is called on other threads when take_events() has something, once until it is called.
  PahoClient(PahoOptions options, std::function<void()> wake);
  /// Waits for the call under way.
  ~PahoClient();
  PahoClient(const PahoClient&) = delete;
  PahoClient& operator=(const PahoClient&) = delete;

  // All of these return at once.

  /// kConnected or kConnectFailed follows. `server` is an index of PahoOptions::servers.
  void connect(std::size_t server, PahoCredentials credentials);
  /// The broker has lost the session, or it cannot go on: forgets what was in flight.
  void forget_session();
  /// kPublished, kRefused or kUnsent follows, unless forget_session() does, or a fresh connection.
  void publish(std::uint64_t id, OutgoingMessage message);
  void disconnect();

  std::vector<PahoEvent> take_events();

 private:
  class Session;
  class Worker;
  struct Events;

  void replace_session();
  static void bury(std::unique_ptr<Session> session);

  PahoOptions options_;
  std::shared_ptr<Events> events_;
  std::unique_ptr<Session> session_;  // used on the worker's thread only
  std::unique_ptr<Worker> worker_;
};

}  // namespace mkb::dataplane
