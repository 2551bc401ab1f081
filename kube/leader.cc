#include "kube/leader.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace mkb::kube {
namespace {

using nlohmann::json;

constexpr int kMarginPart = 10;  // of renew_deadline
constexpr int kReleaseTries = 5;

}  // namespace

Leader::Leader(LeaseOptions options, LeaseIo io, LeaderCallbacks callbacks, const Clock& clock)
    : io_(std::move(io)),
      callbacks_(std::move(callbacks)),
      clock_(clock),
      random_(std::random_device()()),
      elector_(std::move(options)) {}

Leader::~Leader() {
  stop_threads();
  lose("the process ends");
}

void Leader::start() {
  if (electing_.joinable()) {
    return;
  }
  guarding_ = std::jthread([this](const std::stop_token& stop) { guard(stop); });
  electing_ = std::jthread([this] { elect(ending_.get_token()); });
}

bool Leader::is_leader() const {
  const Duration::rep until = leading_until_.load();
  return until != 0 && clock_.now().time_since_epoch().count() < until;
}

std::string Leader::holder() const {
  const std::lock_guard lock(mutex_);
  return elector_.holder();
}

std::string Leader::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void Leader::release() {
  stop_threads();
  lose("given up");
  std::stop_source out_of_time;
  const std::jthread timer([&](const std::stop_token& done) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, done, elector_.options().renew_deadline, [] { return false; });
    out_of_time.request_stop();
  });
  for (int i = 0; i < kReleaseTries && !out_of_time.stop_requested(); ++i) {
    // A write that failed or was cut off may have come to pass, so that the lease is another one now.
    if (!known_.has_value()) {
      const auto seen = io_.read(out_of_time.get_token());
      if (!seen.ok()) {
        continue;
      }
      const std::lock_guard lock(mutex_);
      elector_.on_read(*seen, clock_.now(), clock_.unix_millis());
    }
    known_.reset();
    const std::optional<json> lease = elector_.release(clock_.unix_millis());
    if (!lease.has_value() || write(*lease, false, out_of_time.get_token())) {
      return;
    }
  }
}

void Leader::elect(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (try_once(stop)) {
      note_problem("");
    }
    follow_state();
    std::unique_lock lock(mutex_);
    if (state_ == State::kOver) {
      return;
    }
    changed_.wait_for(lock, stop, pause(), [&] { return state_ == State::kOver; });
  }
}

bool Leader::try_once(const std::stop_token& stop) {
  std::optional<json> lease = std::exchange(known_, std::nullopt);
  if (!lease.has_value()) {
    Result<std::optional<json>> read = io_.read(stop);
    if (!read.ok()) {
      if (!stop.stop_requested()) {
        note_problem(read.error().message());
      }
      const std::lock_guard lock(mutex_);
      elector_.on_failure(clock_.now());
      return false;
    }
    lease = std::move(read).value();
  }
  LeaseElector::Step step;
  {
    const std::lock_guard lock(mutex_);
    step = elector_.on_read(lease, clock_.now(), clock_.unix_millis());
  }
  return !step.write.has_value() || write(*step.write, step.create, stop);
}

bool Leader::write(const json& lease, bool create, const std::stop_token& stop) {
  const Result<json> written = io_.write(lease, create, stop);
  if (!written.ok() && !stop.stop_requested()) {
    note_problem(written.error().message());
  }
  const std::lock_guard lock(mutex_);
  if (!written.ok()) {
    elector_.on_failure(clock_.now());
    return false;
  }
  elector_.on_written(*written, clock_.now());
  known_ = *written;
  return true;
}

/// Tells the callbacks what the elector says.
void Leader::follow_state() {
  std::unique_lock calling(calling_);
  std::unique_lock lock(mutex_);
  const std::optional<TimePoint> until = elector_.leading_until();
  if (state_ == State::kOver) {
    return;
  }
  if (!until.has_value()) {
    leading_until_ = 0;
    lock.unlock();
    calling.unlock();
    lose("another holds the lease");
    return;
  }
  const TimePoint safe = *until - elector_.options().renew_deadline / kMarginPart;
  if (clock_.now() >= safe) {
    return;  // the guard's business
  }
  leading_until_ = safe.time_since_epoch().count();
  const bool first = state_ == State::kCandidate;
  state_ = State::kLeading;
  changed_.notify_all();
  lock.unlock();
  if (first) {
    spdlog::info("leading as {}", elector_.options().identity);
    if (callbacks_.on_started) {
      callbacks_.on_started();
    }
  }
}

void Leader::guard(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested() && state_ != State::kOver) {
    if (state_ == State::kCandidate) {
      changed_.wait(lock, stop, [&] { return state_ != State::kCandidate; });
      continue;
    }
    const Duration::rep until = leading_until_;
    const TimePoint now = clock_.now();
    const TimePoint deadline{Duration(until)};
    if (now < deadline) {
      changed_.wait_for(lock, stop, deadline - now,
                        [&] { return leading_until_ != until || state_ == State::kOver; });
      continue;
    }
    const std::string why = problem_.empty() ? "the lease could not be renewed in time" : problem_;
    lock.unlock();
    lose(why);
    ending_.request_stop();
    lock.lock();
  }
}

void Leader::lose(const std::string& why) {
  const std::lock_guard calling(calling_);
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kLeading) {
      return;
    }
    state_ = State::kOver;
    leading_until_ = 0;
    changed_.notify_all();
  }
  spdlog::info("no longer leading: {}", why);
  if (callbacks_.on_stopped) {
    callbacks_.on_stopped();
  }
}

void Leader::stop_threads() {
  ending_.request_stop();
  if (electing_.joinable()) {
    electing_.join();
  }
  // The last, as a call that does not end may use up the deadline.
  guarding_.request_stop();
  if (guarding_.joinable()) {
    guarding_.join();
  }
}

/// Those who wait come at different times, and soon enough to find within retry_period what was given up.
Duration Leader::pause() {
  const Duration period = elector_.options().retry_period;
  return state_ == State::kLeading ? period : period * (50 + static_cast<int>(random_() % 41)) / 100;
}

void Leader::note_problem(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (problem_ != text && !text.empty()) {
    spdlog::warn("leader election: {}", text);
  }
  problem_ = text;
}

}  // namespace mkb::kube
