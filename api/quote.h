#pragma once

#include <string>
#include <string_view>

namespace mkb::api {

/// `text` between double quotes for a one-line message: control characters, quotes, backslashes and bytes
/// that are not UTF-8 become escapes, and what is longer than 80 bytes is cut with an ellipsis.
std::string in_quotes(std::string_view text);

/// The same without the quotes around it.
std::string escaped(std::string_view text);

/// The length of the UTF-8 sequence that `text` starts with, or 0 when it starts with none.
std::size_t utf8_sequence_length(std::string_view text);

}  // namespace mkb::api
