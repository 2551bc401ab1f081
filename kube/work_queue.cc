#include "kube/work_queue.h"

#include <algorithm>

namespace mkb::kube {
namespace {

constexpr Duration kFirstDelay = std::chrono::milliseconds(5);
constexpr Duration kLongestDelay = std::chrono::seconds(1000);
constexpr unsigned kDoublings = 18;  // 5 ms x 2^18 is more than 1000 s

Duration delay_after(unsigned failures) {
  return std::min(kFirstDelay * (std::int64_t{1} << std::min(failures, kDoublings)), kLongestDelay);
}

}  // namespace

void WorkQueue::add(const std::string& key) {
  const std::lock_guard lock(mutex_);
  add_locked(key, clock_.now());
}

void WorkQueue::add_after(const std::string& key, Duration delay) {
  const std::lock_guard lock(mutex_);
  add_after_locked(key, delay);
}

void WorkQueue::add_rate_limited(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (shut_down_) {
    return;
  }
  unsigned& failures = failures_[key];
  add_after_locked(key, delay_after(failures));
  ++failures;
}

void WorkQueue::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  failures_.erase(key);
}

unsigned WorkQueue::failures(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

std::optional<std::string> WorkQueue::take() {
  std::unique_lock lock(mutex_);
  while (!shut_down_) {
    const TimePoint now = clock_.now();
    move_due(now);
    if (!ready_.empty()) {
      return take_ready(now);
    }
    if (schedule_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, schedule_.begin()->first - now);
    }
  }
  return std::nullopt;
}

std::optional<std::string> WorkQueue::try_take() {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.now();
  move_due(now);
  return take_ready(now);
}

void WorkQueue::done(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (processing_.erase(key) != 0 && dirty_.contains(key)) {
    ready_.push_back(key);
    changed_.notify_one();
  }
}

void WorkQueue::shut_down() {
  const std::lock_guard lock(mutex_);
  shut_down_ = true;
  ready_.clear();
  dirty_.clear();
  due_.clear();
  schedule_.clear();
  changed_.notify_all();
}

WorkQueueStats WorkQueue::stats() const {
  const std::lock_guard lock(mutex_);
  WorkQueueStats stats = stats_;
  stats.depth = ready_.size();
  stats.delayed = due_.size();
  stats.processing = processing_.size();
  const TimePoint now = clock_.now();
  for (const auto& [key, since] : processing_) {
    stats.unfinished += now - since;
    stats.longest = std::max(stats.longest, now - since);
  }
  return stats;
}

std::optional<TimePoint> WorkQueue::next_due() const {
  const std::lock_guard lock(mutex_);
  return schedule_.empty() ? std::nullopt : std::optional(schedule_.begin()->first);
}

void WorkQueue::add_locked(const std::string& key, TimePoint since) {
  if (shut_down_ || !dirty_.emplace(key, since).second) {
    return;
  }
  ++stats_.adds;
  if (!processing_.contains(key)) {
    ready_.push_back(key);
    changed_.notify_one();
  }
}

void WorkQueue::add_after_locked(const std::string& key, Duration delay) {
  if (shut_down_) {
    return;
  }
  ++stats_.retries;
  if (delay <= Duration::zero()) {
    add_locked(key, clock_.now());
    return;
  }
  const TimePoint time = clock_.now() + delay;
  const auto [due, added] = due_.emplace(key, time);
  if (!added) {
    if (due->second <= time) {
      return;
    }
    schedule_.erase({due->second, key});
    due->second = time;
  }
  const auto scheduled = schedule_.emplace(time, key).first;
  if (scheduled == schedule_.begin()) {
    changed_.notify_one();
  }
}

void WorkQueue::move_due(TimePoint now) {
  while (!schedule_.empty() && schedule_.begin()->first <= now) {
    const auto [due, key] = *schedule_.begin();
    schedule_.erase(schedule_.begin());
    due_.erase(key);
    add_locked(key, due);
  }
}

std::optional<std::string> WorkQueue::take_ready(TimePoint now) {
  if (ready_.empty()) {
    return std::nullopt;
  }
  std::string key = std::move(ready_.front());
  ready_.pop_front();
  const auto waiting = dirty_.find(key);
  if (on_taken_) {
    on_taken_(now - waiting->second);
  }
  dirty_.erase(waiting);
  processing_.emplace(key, now);
  return key;
}

}  // namespace mkb::kube
