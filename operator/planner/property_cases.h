#pragma once

#include <cstdint>

namespace mkb::planner {

/// How many seeds a property is tested with; fewer where a sanitizer makes each several times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint32_t kPropertyCases = 1'000;
#else
inline constexpr std::uint32_t kPropertyCases = 10'000;
#endif

}  // namespace mkb::planner
