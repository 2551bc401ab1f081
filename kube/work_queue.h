#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"

namespace mkb::kube {

/// What a WorkQueue counts, for the workqueue_* metrics.
struct WorkQueueStats {
  std::uint64_t adds = 0;      ///< of keys that were not waiting already
  std::uint64_t retries = 0;   ///< calls of add_after() and add_rate_limited()
  std::size_t depth = 0;       ///< keys that could be taken now
  std::size_t delayed = 0;     ///< keys whose time has not come
  std::size_t processing = 0;  ///< keys taken and not done
  Duration unfinished{};       ///< how long those have been worked on, all together
  Duration longest{};          ///< and the longest of them
};

/// Keys to work on, as client-go's rate limiting queue: a key that waits is there once however often it is
/// added; a key that is being worked on is not given to a second worker, but added anew when it is done; a
/// failed key comes back after 5 ms x 2^failures, at most 1000 s. As in client-go, a delayed key that is
/// added meanwhile comes now and again when its time has come. Thread-safe.
class WorkQueue {
 public:
  /// Told of each key that is taken how long it had waited since it was added or due. Called under the
  /// queue's lock: it must not call the queue.
  using OnTaken = std::function<void(Duration waited)>;

  explicit WorkQueue(const Clock& clock, OnTaken on_taken = {})
      : clock_(clock), on_taken_(std::move(on_taken)) {}

  void add(const std::string& key);
  /// Not before `delay`; an earlier time already set stays.
  void add_after(const std::string& key, Duration delay);
  /// After a failure.
  void add_rate_limited(const std::string& key);
  /// After success: the next failure counts as the first.
  void forget(const std::string& key);
  [[nodiscard]] unsigned failures(const std::string& key) const;

  /// The next key; waits for one. nullopt after shut_down().
  std::optional<std::string> take();
  /// As take(), without waiting.
  std::optional<std::string> try_take();
  /// Ends the work on a key that take() returned.
  void done(const std::string& key);

  /// Wakes everybody; keys that wait are dropped.
  void shut_down();
  [[nodiscard]] WorkQueueStats stats() const;
  /// When the first delayed key is due; for tests.
  [[nodiscard]] std::optional<TimePoint> next_due() const;

 private:
  void add_locked(const std::string& key, TimePoint since);
  void add_after_locked(const std::string& key, Duration delay);
  void move_due(TimePoint now);
  std::optional<std::string> take_ready(TimePoint now);

  const Clock& clock_;
  OnTaken on_taken_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> ready_;
  std::map<std::string, TimePoint> dirty_;       // since when they wait
  std::map<std::string, TimePoint> processing_;  // since when they are worked on
  std::map<std::string, TimePoint> due_;
  std::set<std::pair<TimePoint, std::string>> schedule_;  // due_, by time
  std::map<std::string, unsigned> failures_;
  WorkQueueStats stats_;
  bool shut_down_ = false;
};

}  // namespace mkb::kube
