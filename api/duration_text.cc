#include "api/duration_text.h"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/digit.h"

namespace mkb::api {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// Units that start like another come first.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 8> kUnits = {{{"ns", 1},
                                                                              {"us", 1'000},
                                                                              {"\u00b5s", 1'000},
                                                                              {"\u03bcs", 1'000},
                                                                              {"ms", 1'000'000},
                                                                              {"s", 1'000'000'000},
                                                                              {"m", 60'000'000'000},
                                                                              {"h", 3'600'000'000'000}}};

// Takes digits off the front of `text`; false when they do not fit.
bool take_digits(std::string_view& text, std::int64_t& value) {
  value = 0;
  while (!text.empty() && is_digit(text.front())) {
    const std::int64_t digit = text.front() - '0';
    if (value > (kMost - digit) / 10) return false;
    value = value * 10 + digit;
    text.remove_prefix(1);
  }
  return true;
}

// A fraction's digits, as nanoseconds of a unit; digits finer than a nanosecond are dropped, as Go does.
std::int64_t take_fraction(std::string_view& text, std::size_t& digits) {
  std::int64_t parts = 0;
  std::int64_t scale = 1;
  for (digits = 0; !text.empty() && is_digit(text.front()); ++digits) {
    if (digits < 9) {
      parts = parts * 10 + (text.front() - '0');
      scale *= 10;
    }
    text.remove_prefix(1);
  }
  return parts * (1'000'000'000 / scale);
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::nanoseconds{0};
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    const std::size_t before = text.size();
    std::int64_t whole = 0;
    if (!take_digits(text, whole)) return std::nullopt;
    std::size_t digits = before - text.size();
    std::int64_t billionths = 0;
    if (!text.empty() && text.front() == '.') {
      text.remove_prefix(1);
      std::size_t fraction_digits = 0;
      billionths = take_fraction(text, fraction_digits);
      digits += fraction_digits;
    }
    if (digits == 0) return std::nullopt;
    std::int64_t unit = 0;
    for (const auto& [name, nanoseconds] : kUnits) {
      if (text.starts_with(name)) {
        unit = nanoseconds;
        text.remove_prefix(name.size());
        break;
      }
    }
    if (unit == 0 || whole > kMost / unit) return std::nullopt;
    // billionths x unit may not fit, billionths x seconds does.
    const std::int64_t seconds = unit / 1'000'000'000;
    const std::int64_t fraction = seconds > 0 ? billionths * seconds : billionths / (1'000'000'000 / unit);
    if (whole * unit > kMost - fraction || total > kMost - whole * unit - fraction) return std::nullopt;
    total += whole * unit + fraction;
  }
  return std::chrono::nanoseconds{total};
}

std::string duration_text(std::chrono::seconds duration) {
  const std::int64_t seconds = duration.count();
  std::string text;
  if (seconds >= 3600) text += std::to_string(seconds / 3600) + "h";
  if (seconds / 60 % 60 != 0) text += std::to_string(seconds / 60 % 60) + "m";
  if (seconds % 60 != 0 || seconds == 0) text += std::to_string(seconds % 60) + "s";
  return text;
}

}  // namespace mkb::api
