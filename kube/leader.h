#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "kube/lease_elector.h"

namespace mkb::kube {

/// How a Leader reaches its Lease. Both block, end soon when stopped, and are called by one thread at a time.
struct LeaseIo {
  /// nullopt: there is none.
  std::function<Result<std::optional<nlohmann::json>>(const std::stop_token& stop)> read;
  /// Creates the lease, or updates it under the resourceVersion in it; the Lease as the server has it then.
  std::function<Result<nlohmann::json>(const nlohmann::json& lease, bool create, const std::stop_token& stop)>
      write;
};

/// Called by threads of the Leader, never both at once. Both must return soon: on_started delays renewals,
/// and on_stopped delays release(). Neither may call start(), release() or the destructor.
struct LeaderCallbacks {
  std::function<void()> on_started;
  /// At most once, after on_started: leadership was lost or given up. The work of a leader must end at once
  /// and, as with controller-runtime, so should the process: it is not elected again.
  std::function<void()> on_stopped;
};

/// Takes part in the election of a leader until it has led once and does no more. A thread tries and renews;
/// a second one sees to it that on_stopped is called a tenth of renew_deadline before it has passed, even
/// while a call to the server hangs.
class Leader {
 public:
  Leader(LeaseOptions options, LeaseIo io, LeaderCallbacks callbacks, const Clock& clock);
  /// As a crash for others: they have to wait until the lease has run out.
  ~Leader();
  Leader(const Leader&) = delete;
  Leader& operator=(const Leader&) = delete;

  void start();
  /// Gives the lease up, so that another takes it within retry_period; blocks at most renew_deadline and what
  /// LeaseIo needs to stop. To be called when a leader's work has ended: until then the lease is renewed.
  void release();

  /// False from a tenth of renew_deadline before it has passed without a renewal, whatever hangs, or even
  /// when the process was stopped for a while. Thread-safe, without a lock: to be asked before each write.
  [[nodiscard]] bool is_leader() const;
  /// Who holds the lease as last seen; empty: nobody. Thread-safe.
  [[nodiscard]] std::string holder() const;
  /// The last failure in words; empty: all is well. Thread-safe.
  [[nodiscard]] std::string problem() const;

 private:
  enum class State { kCandidate, kLeading, kOver };

  void elect(const std::stop_token& stop);
  bool try_once(const std::stop_token& stop);
  bool write(const nlohmann::json& lease, bool create, const std::stop_token& stop);
  void follow_state();
  void guard(const std::stop_token& stop);
  void lose(const std::string& why);
  void stop_threads();
  Duration pause();
  void note_problem(const std::string& text);

  LeaseIo io_;
  LeaderCallbacks callbacks_;
  const Clock& clock_;
  std::minstd_rand random_;              // the electing thread's
  std::optional<nlohmann::json> known_;  // the electing thread's: our lease, when no read is needed
  std::mutex calling_;                   // held during callbacks
  mutable std::mutex mutex_;             // guards what follows
  std::condition_variable_any changed_;
  LeaseElector elector_;
  State state_ = State::kCandidate;
  std::string problem_;
  std::atomic<Duration::rep> leading_until_{0};  // 0: not leading
  std::stop_source ending_;                      // of the electing thread and its calls
  std::jthread electing_;
  std::jthread guarding_;
};

}  // namespace mkb::kube
