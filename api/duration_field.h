#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "api/field.h"

namespace mkb::api {

/// Reads a duration in whole seconds; `example` is what a message says to write.
std::optional<std::chrono::seconds> read_seconds(const Field& field, const std::string& example);

/// The same in whole milliseconds.
std::optional<std::chrono::milliseconds> read_milliseconds(const Field& field, const std::string& example);

}  // namespace mkb::api
