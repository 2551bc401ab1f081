#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mkb::api {

/// Reads a duration as Go and Kubernetes write it: `30s`, `1h`, `1m30s`, `1.5h`, `500ms`, `0`. None for other
/// text, negative values, and what does not fit.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// The same, written: `18h12m15s`, `30s`, `0s`.
std::string duration_text(std::chrono::seconds duration);

}  // namespace mkb::api
