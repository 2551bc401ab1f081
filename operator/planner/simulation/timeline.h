#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace mkb::planner::simulation {

/// Time that passes only from event to event, and the run's one source of chance.
class Timeline {
 public:
  explicit Timeline(std::uint32_t seed) : random_(seed) {}

  [[nodiscard]] TimePoint now() const { return now_; }

  void after(Duration delay, std::function<void()> event) {
    events_.push({now_ + delay, next_++, std::move(event)});
  }

  /// Runs everything that is due before `end`.
  void run_until(TimePoint end) {
    while (!events_.empty() && events_.top().at < end) {
      now_ = events_.top().at;
      const std::function<void()> event = std::move(const_cast<Event&>(events_.top()).run);
      events_.pop();
      event();
    }
    now_ = end;
  }

  /// A number from 0 to below `end`.
  int below(int end) { return static_cast<int>(random_() % static_cast<std::uint32_t>(end)); }
  bool one_in(int n) { return n > 0 && below(n) == 0; }
  /// A duration in milliseconds between the two.
  Duration millis(int least, int most) { return std::chrono::milliseconds(least + below(most - least + 1)); }

 private:
  struct Event {
    TimePoint at;
    std::uint64_t order;
    std::function<void()> run;

    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  std::mt19937 random_;
  TimePoint now_{std::chrono::hours(1)};
  std::uint64_t next_ = 0;
  std::priority_queue<Event> events_;
};

}  // namespace mkb::planner::simulation
