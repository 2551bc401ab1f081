#pragma once

namespace mkb {

/// Whether `c` is one of 0-9, whatever the locale. Any thread.
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace mkb
