#include "api/quantity_text.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace mkb::api {

std::optional<std::int64_t> parse_byte_quantity(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 9> kSuffixes = {
      {{"", 1},
       {"k", 1'000},
       {"M", 1'000'000},
       {"G", 1'000'000'000},
       {"T", 1'000'000'000'000},
       {"Ki", std::int64_t{1} << 10U},
       {"Mi", std::int64_t{1} << 20U},
       {"Gi", std::int64_t{1} << 30U},
       {"Ti", std::int64_t{1} << 40U}}};
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  std::int64_t count = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error != std::errc()) return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : kSuffixes) {
    if (suffix != name) continue;
    if (count > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
    return count * factor;
  }
  return std::nullopt;
}

}  // namespace mkb::api
