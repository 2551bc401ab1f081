#pragma once

#include <chrono>
#include <cstdint>

namespace mkb {

/// Time for deadlines and latencies: monotonic, never set back.
using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// Where pure code gets its time from; tests move it by hand.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic time.
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// Wall-clock time in milliseconds since 1970-01-01T00:00:00Z, for timestamps that leave the process.
  [[nodiscard]] virtual std::int64_t unix_millis() const = 0;
};

/// The machine's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] std::int64_t unix_millis() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace mkb
