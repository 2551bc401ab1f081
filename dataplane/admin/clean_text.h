#pragma once

#include <string>
#include <string_view>

namespace mkb::dataplane {

/// `text` with every byte sequence that is not UTF-8 replaced by U+FFFD. Pure.
std::string valid_utf8(std::string_view text);

/// The same, with control characters (C0, DEL and C1) replaced by spaces: safe as one line of plain text,
/// also on a terminal. Pure.
std::string one_line(std::string_view text);

}  // namespace mkb::dataplane
