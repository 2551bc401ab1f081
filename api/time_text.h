#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mkb::api {

/// Reads a time as RFC 3339 writes it, `2026-11-24T10:00:00Z` or `2026-11-24T11:00:00.5+01:00`, as
/// milliseconds since 1970; finer fractions count up to the next. None for other text, leap seconds and times
/// before 1970.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace mkb::api
