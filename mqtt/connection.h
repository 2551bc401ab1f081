#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/result.h"
#include "mqtt/client_engine.h"
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
};

/// Where a connection gets what is not its own: passed in, so that tests decide.
struct ConnectionEnvironment {
  std::function<Result<ConnectSecrets>()> secrets;
  std::function<std::uint64_t()> random;
  std::function<std::shared_ptr<Transport>(const ServerAddress&, const TlsMaterial&)> transport;
  const Clock* clock = nullptr;
};

class ConnectionEvents : public EngineEvents {
 public:
  /// The connection ended or could not be made. `was_connected`: CONNACK had been received. Another attempt
  /// follows by itself, unless finish() was called.
  virtual void on_disconnected(const Error& error, bool was_connected) = 0;
  /// finish() is done: nothing more happens.
  virtual void on_finished() = 0;
};

/// One session kept connected: transport, engine, reconnect with full jitter. Reads in large pieces and
/// writes the acknowledgements of a batch with one write. Everything happens on the io_context's thread,
/// which must run no handler of it after its destruction's thread left: destroy it on that thread or after it
/// ended.
class Connection {
 public:
  Connection(boost::asio::io_context& io, ConnectionOptions options, ConnectionEnvironment environment,
             ConnectionEvents& events);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();

  /// Marks a message as delivered; flush() sends what is due, once for a batch.
  void confirm(const Ticket& ticket) { engine_.confirm(ticket); }
  void flush();
  /// Reading may go on: the owner accepts messages again.
  void resume();

  /// Sends the acknowledgements that are due and DISCONNECT, keeping the session, then closes in a way that
  /// lets the broker read them; calls on_finished(). Messages that were not confirmed stay with the broker.
  void finish();

  [[nodiscard]] const ClientEngine& engine() const { return engine_; }
  /// "connecting", "subscribing", "ready", "backoff", "draining" or "closed".
  [[nodiscard]] const char* state() const;
  /// Of the current or last attempt.
  [[nodiscard]] std::string server() const { return options_.servers[server_index_].text(); }
  [[nodiscard]] std::uint64_t connects() const { return connects_; }

 private:
  struct Link;
  enum class State { kIdle, kConnecting, kOpen, kBackoff, kFinishing, kClosed };

  void attempt();
  void on_transport_open(const std::shared_ptr<Link>& link, const Result<void>& result);
  void read(const std::shared_ptr<Link>& link);
  void on_read(const std::shared_ptr<Link>& link, const Result<std::size_t>& result);
  void process(const std::shared_ptr<Link>& link);
  void discard_until_end(const std::shared_ptr<Link>& link);
  void write(const std::shared_ptr<Link>& link);
  void end(const Error& error);
  void say_goodbye();
  void schedule_attempt();
  void schedule_tick(const std::shared_ptr<Link>& link);
  void close_link();
  void finished();

  boost::asio::io_context& io_;
  ConnectionOptions options_;
  ConnectionEnvironment environment_;
  ConnectionEvents& events_;
  ClientEngine engine_;
  FullJitterBackoff backoff_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Link> link_;
  State state_ = State::kIdle;
  std::size_t server_index_ = 0;
  std::size_t failures_in_round_ = 0;
  bool next_server_ = false;
  bool acknowledged_ = false;  // CONNACK came on this link
  TimePoint connected_at_{};
  std::uint64_t connects_ = 0;
  /// Cleared when this object goes, for handlers that outlive it.
  std::shared_ptr<Connection*> life_ = std::make_shared<Connection*>(this);
};

}  // namespace mkb::mqtt
