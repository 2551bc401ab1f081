#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mqtt/protocol.h"
#include "mqtt/publish.h"
#include "mqtt/reason_code.h"

namespace mkb::mqtt {

/// Why a connection ended or could not begin.
enum class EngineError {
  kRefused,            ///< the broker answered CONNECT with a failure
  kProtocol,           ///< the broker broke the protocol; details in the message
  kTimeout,            ///< no CONNACK or PINGRESP in time
  kDisconnected,       ///< the broker sent DISCONNECT
  kSessionTakenOver,   ///< another client connected with this client id (0x8E)
  kTopicAliasInvalid,  ///< an alias above the announced maximum, or without a topic
};

struct SubscriptionRequest {
  std::string filter;  ///< as subscribed, $share prefix included
  std::uint8_t qos = 1;
  std::uint32_t identifier = 0;  ///< MQTT 5 subscription identifier; 0: none

  bool operator==(const SubscriptionRequest&) const = default;
};

struct EngineOptions {
  Version version = Version::k5;
  std::string client_id;
  std::chrono::seconds keep_alive{30};          ///< 0: off
  std::uint32_t session_expiry_seconds = 3600;  ///< MQTT 5
  std::uint16_t receive_maximum = 1000;  ///< messages unacknowledged before stalling; announced in MQTT 5
  std::optional<std::uint32_t> maximum_packet_size;
  std::uint16_t topic_alias_maximum = 0;
  std::vector<SubscriptionRequest> subscriptions;
  /// CONNECT takes the session over to end it for good: Clean Start 1 and expiry 0, in 3.1.1 Clean Session 1.
  bool end_session = false;
  Duration response_timeout = std::chrono::seconds(10);  ///< for CONNACK and PINGRESP
  Duration subscribe_retry = std::chrono::seconds(30);   ///< after a refused subscription
};

/// Read anew for each connection, so that a rotated password is used. Never logged.
struct Credentials {
  std::optional<std::string> user_name;
  std::optional<std::string> password;
};

/// Names a received message to ClientEngine::confirm().
struct Ticket {
  std::uint64_t delivery = 0;  ///< AckQueue sequence (QoS 1) or Qos2Receiver delivery (QoS 2)
  std::uint16_t packet_id = 0;
  std::uint8_t qos = 0;
};

struct ConnectedInfo {
  bool session_present = false;
  bool session_lost = false;           ///< Session Present 0 where this engine had a session
  bool identifiers_available = false;  ///< PUBLISHes carry subscription identifiers
};

/// What the engine tells its owner, from within receive() and on the same thread.
class EngineEvents {
 public:
  virtual ~EngineEvents() = default;
  /// While false, the engine takes no further packet (back-pressure).
  [[nodiscard]] virtual bool accepting() const = 0;
  /// CONNACK with success; messages of a resumed session may follow at once.
  virtual void on_connected(const ConnectedInfo& info) = 0;
  /// A message to deliver; its topic is resolved if an alias was used. `publish` is a view: copy what is
  /// kept. confirm(ticket) may be called from inside, or at any later time; QoS 0 needs none.
  virtual void on_publish(const PublishView& publish, const Ticket& ticket, TimePoint received) = 0;
  /// The broker's answer for subscription `index`; `granted` is false when it refused or granted a lower
  /// QoS than asked for, which `reason` shows.
  virtual void on_subscription(std::size_t index, ReasonCode reason, bool granted) = 0;
  /// Every filter is granted; once per connection, and again after resubscribe() added some.
  virtual void on_ready() = 0;
};

}  // namespace mkb::mqtt
