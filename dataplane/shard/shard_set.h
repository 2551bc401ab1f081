#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/assignment.h"
#include "base/clock.h"
#include "base/result.h"
#include "dataplane/flow/ingest_session.h"
#include "dataplane/shard/session_ender.h"
#include "dataplane/shard/shard_step.h"

namespace mkb::dataplane {

/// What the shards of one process share. Everything outlives them.
struct ShardEnvironment {
  boost::asio::io_context& io;
  Dispatcher& dispatcher;
  const Clock& clock;
  std::string identity;  ///< `<client id prefix>-<bridge uid>`: a shard's client id adds `-<shard>`
  mqtt::ConnectionOptions connection;
  mqtt::ConnectionEnvironment connection_environment;
  /// held(), ended() or lost() may have changed. Called from the io_context, never from inside a call.
  std::function<void()> on_change;
};

/// The shards of one process: which sessions it has, and what becomes of them. Either it owns every shard
/// that has filters (own_all()), or what assign() says and nothing before that. Lives on the I/O thread.
class ShardSet {
 public:
  /// How long a filter that another shard has now stays subscribed where it was: the other shard, perhaps of
  /// another process, subscribes in that time. Messages of it may come twice, none is missed.
  static constexpr Duration kOverlap = std::chrono::seconds(5);
  /// How long lost() tells of a loss.
  static constexpr Duration kLossTold = std::chrono::minutes(10);

  explicit ShardSet(ShardEnvironment environment);
  ~ShardSet();
  ShardSet(const ShardSet&) = delete;
  ShardSet& operator=(const ShardSet&) = delete;

  /// The sessions that the routes need, now or anew; indexes of routes in them are the dispatcher's from now
  /// on. Errors (mqtt::TopicError) come before anything has changed.
  Result<void> set_plans(std::vector<SessionPlan> plans);
  void own_all();
  /// Carries out an assignment; who calls keeps their order. False: own_all() has been called.
  bool assign(const api::Assignment& assignment);

  /// Ascending. Held: the broker has the session because of this process, which may still acknowledge on it.
  [[nodiscard]] std::vector<int> held() const;
  [[nodiscard]] std::vector<int> ended() const;
  /// Held, and lately found without the session that the broker should have had.
  [[nodiscard]] std::vector<int> lost() const;
  /// Why the shards are not as assigned; empty when they are, or nothing has failed.
  [[nodiscard]] std::string problem() const;

  /// A few times a second. Also connects those sessions anew in which something waits under rules of routes
  /// that are no longer in use.
  void tick();
  /// Acknowledges, disconnects every session keeping it, then calls `done`. Nothing else is called any more.
  void finish(std::function<void()> done);
  [[nodiscard]] std::vector<SessionSnapshot> snapshots() const;

 private:
  struct Shard {
    ShardPhase phase = ShardPhase::kNone;
    std::optional<api::ShardDuty> wanted;
    bool established = false;
    std::unique_ptr<IngestSession> session;
    std::unique_ptr<SessionEnder> ender;
    TimePoint overlap_until{};  ///< then the filters that left it go
    bool overlapping = false;
  };
  struct Change {
    SessionPlan plan;
    RouteMatcher matcher;
    bool overlapping = false;
  };

  Result<Change> planned(int shard, const std::map<int, SessionPlan>& plans) const;
  void step(int number);
  /// False: nothing further now.
  bool perform(int number, Shard& shard, ShardAction action);
  void make_session(int number, Shard& shard);
  void end_overlap(int number, Shard& shard);
  void on_released(int number);
  void on_session_ended(int number);
  void later(std::function<void(ShardSet&)> what);
  void notify();
  void retire();

  ShardEnvironment environment_;
  bool own_all_ = false;
  std::uint64_t epoch_ = 0;
  std::map<int, SessionPlan> plans_;
  std::map<int, Shard> shards_;
  std::vector<std::unique_ptr<IngestSession>> retired_;  // closed, not done with in the dispatcher
  bool notify_posted_ = false;
  std::size_t open_ = 0;
  std::function<void()> finished_;
  std::shared_ptr<ShardSet*> life_ = std::make_shared<ShardSet*>(this);
};

}  // namespace mkb::dataplane
