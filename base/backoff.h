#pragma once

#include <cstdint>

#include "base/clock.h"

namespace mkb {

/// Full-jitter exponential backoff: the n-th delay is uniform in [0, min(cap, base x 2^n)], so that a fleet
/// of clients cut off together does not come back together. Pure: randomness is passed in.
class FullJitterBackoff {
 public:
  FullJitterBackoff(Duration base, Duration cap) : base_(base), cap_(cap) {}

  /// The next delay; `random` is any uniformly distributed 64-bit value.
  Duration next(std::uint64_t random);
  /// The largest delay that the next call could return.
  [[nodiscard]] Duration ceiling() const;
  /// Called after success: the next delay starts from `base` again.
  void reset() { attempts_ = 0; }
  [[nodiscard]] unsigned attempts() const { return attempts_; }

 private:
  Duration base_;
  Duration cap_;
  unsigned attempts_ = 0;
};

}  // namespace mkb
