#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace mkb::kube {

/// A clock that tests move by hand. Thread-safe.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint(Duration(now_.load())); }
  [[nodiscard]] std::int64_t unix_millis() const override {
    return kStart + std::chrono::duration_cast<std::chrono::milliseconds>(Duration(now_.load())).count();
  }
  void advance(Duration by) { now_ += by.count(); }

 private:
  static constexpr std::int64_t kStart = 1'700'000'000'000;
  std::atomic<Duration::rep> now_{std::chrono::duration_cast<Duration>(std::chrono::hours(1)).count()};
};

}  // namespace mkb::kube
