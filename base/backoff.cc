#include "base/backoff.h"

#include <algorithm>

namespace mkb {

Duration FullJitterBackoff::ceiling() const {
  Duration limit = base_;
  for (unsigned i = 0; i < attempts_ && limit < cap_; ++i) {
    limit *= 2;
  }
  return std::min(limit, cap_);
}

Duration FullJitterBackoff::next(std::uint64_t random) {
  const auto limit = static_cast<std::uint64_t>(ceiling().count());
  ++attempts_;
  return Duration(static_cast<Duration::rep>(random % (limit + 1)));
}

}  // namespace mkb
