#pragma once

#include <string_view>

namespace mkb::api {

/// What YAML, and so kubectl, makes of a scalar without quotes. Each function is about one such scalar's
/// text.

/// A number by YAML 1.1 or 1.2.
bool looks_like_number(std::string_view text);
/// A whole number in decimal that fits 64 bits, written as JSON writes it.
bool looks_like_whole_number(std::string_view text);
/// One of true, false, yes, no, on and off, in any case.
bool looks_like_truth(std::string_view text);

}  // namespace mkb::api
