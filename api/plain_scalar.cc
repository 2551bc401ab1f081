#include "api/plain_scalar.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "api/nearest_name.h"
#include "base/digit.h"

namespace mkb::api {
bool looks_like_number(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF" || text == ".nan" || text == ".NaN" ||
      text == ".NAN") {
    return true;
  }
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'o' || text[1] == 'b')) {
    return std::all_of(text.begin() + 2, text.end(), [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '_';
    });
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error != std::errc::invalid_argument && end == text.data() + text.size() && !text.empty() &&
         (is_digit(text.front()) || text.front() == '.');
}

bool looks_like_whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const bool padded = text.size() > sign + 1 && text[sign] == '0';
  return error == std::errc() && end == text.data() + text.size() && !padded;
}

bool looks_like_truth(std::string_view text) {
  for (const std::string_view word : {"true", "false", "yes", "no", "on", "off"}) {
    if (text.size() == word.size() && edit_distance(text, word) == 0) return true;
  }
  return false;
}

}  // namespace mkb::api
