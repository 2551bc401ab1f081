#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "mqtt/client_engine_types.h"
#include "mqtt/transport.h"

namespace mkb::mqtt {

/// What a connection needs that may change between two attempts.
struct ConnectSecrets {
  Credentials credentials;
  TlsMaterial tls;
};

struct ConnectionOptions {
  std::vector<ServerAddress> servers;  ///< tried in turn; backoff after each round of failures
  EngineOptions engine;
  Duration connect_timeout = std::chrono::seconds(10);
  Duration backoff_base = std::chrono::milliseconds(200);
  Duration backoff_cap = std::chrono::seconds(30);
  /// A connection that lived this long is a success: the next failure starts the backoff again.
  Duration stable_after = std::chrono::seconds(5);
  Duration goodbye_timeout = std::chrono::seconds(1);  ///< for the broker to close after DISCONNECT
  /// Before the next attempt after another client took the session over (0x8E): two that both believe to own
  /// it must not take it from each other in turn. Zero: as after any other end.
  Duration takeover_delay{};
  Duration prepare_interval = std::chrono::seconds(1);  ///< between two prepared connections, at least
};

/// Where a connection gets what is not its own: passed in, so that tests decide.
struct ConnectionEnvironment {
  std::function<Result<ConnectSecrets>()> secrets;
  std::function<std::uint64_t()> random;
  std::function<std::shared_ptr<Transport>(const ServerAddress&, const TlsMaterial&)> transport;
  const Clock* clock = nullptr;
  /// Asked after a connection has ended: the next attempt waits at least so long. May be empty.
  std::function<Duration()> least_delay = {};
};

class ConnectionEvents : public EngineEvents {
 public:
  /// The connection ended or could not be made. `was_connected`: CONNACK had been received. Another attempt
  /// follows by itself, unless finish() was called.
  virtual void on_disconnected(const Error& error, bool was_connected) = 0;
  /// finish() is done: nothing more happens.
  virtual void on_finished() = 0;
};

}  // namespace mkb::mqtt
