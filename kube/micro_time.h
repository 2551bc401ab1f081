#pragma once

#include <cstdint>
#include <string>

namespace mkb::kube {

/// Wall-clock time as the API's MicroTime: `2026-01-31T08:00:00.123000Z`. Leases and Events are refused
/// without the fraction. Times before 0001 or after 9999 are held at those years.
std::string micro_time(std::int64_t unix_ms);

}  // namespace mkb::kube
