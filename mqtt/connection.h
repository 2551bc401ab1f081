#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/result.h"
#include "mqtt/client_engine.h"
#include "mqtt/connection_types.h"

namespace mkb::mqtt {

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
  /// Has a transport (TCP, TLS) open without CONNECT until start() uses it; opens it again when the broker
  /// closes it, as brokers do with silent clients. Instead of a first start().
  void prepare();
  /// The next attempt now, when one waits for its time: who owns the session has been settled anew.
  void retry_now();
  /// As finish(), then connects again; when connected only.
  void reconnect();
  /// As ClientEngine::resubscribe().
  void resubscribe(std::vector<SubscriptionRequest> wanted);

  /// Marks a message as delivered; flush() sends what is due, once for a batch.
  void confirm(const Ticket& ticket) { engine_.confirm(ticket); }
  void flush();
  /// Reading may go on: the owner accepts messages again.
  void resume();

  /// Sends the acknowledgements that are due and DISCONNECT, keeping the session, then closes in a way that
  /// lets the broker read them; calls on_finished(). Messages that were not confirmed stay with the broker.
  void finish();

  [[nodiscard]] const ClientEngine& engine() const { return engine_; }
  /// "connecting", "prepared", "subscribing", "ready", "backoff", "draining" or "closed".
  [[nodiscard]] const char* state() const;
  /// Of the current or last attempt.
  [[nodiscard]] std::string server() const { return options_.servers[server_index_].text(); }
  [[nodiscard]] std::uint64_t connects() const { return connects_; }

 private:
  struct Link;
  enum class State { kIdle, kConnecting, kPrepared, kOpen, kBackoff, kFinishing, kClosed };

  void attempt();
  void on_transport_open(const std::shared_ptr<Link>& link, const Result<void>& result);
  void open_session(const std::shared_ptr<Link>& link, const Credentials& credentials);
  void prepare_again();
  void read(const std::shared_ptr<Link>& link);
  void on_read(const std::shared_ptr<Link>& link, const Result<std::size_t>& result);
  void process(const std::shared_ptr<Link>& link);
  void discard_until_end(const std::shared_ptr<Link>& link);
  void write(const std::shared_ptr<Link>& link);
  void end(const Error& error);
  void say_goodbye();
  void schedule_attempt(Duration delay);
  Duration next_delay(const Error& error);
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
  bool preparing_ = false;     // no CONNECT yet
  bool again_ = false;         // finishing, to be connected again
  TimePoint attempted_at_{};
  TimePoint connected_at_{};
  std::uint64_t connects_ = 0;
  /// Cleared when this object goes, for handlers that outlive it.
  std::shared_ptr<Connection*> life_ = std::make_shared<Connection*>(this);
};

}  // namespace mkb::mqtt
