#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mkb::api {

/// Reads a whole number of bytes as Kubernetes writes quantities: `1048576`, `1Mi`, `2M`. None for other
/// text, fractions, negative values, and what does not fit.
std::optional<std::int64_t> parse_byte_quantity(std::string_view text);

}  // namespace mkb::api
