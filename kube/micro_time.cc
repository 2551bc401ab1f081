#include "kube/micro_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace mkb::kube {
namespace {

constexpr std::int64_t kFirst = -62'135'596'800'000;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLast = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

}  // namespace

std::string micro_time(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(std::clamp(unix_ms, kFirst, kLast))};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<milliseconds> clock(time - day);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03d000Z", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace mkb::kube
