#include "api/time_text.h"

#include <chrono>

#include "base/digit.h"

namespace mkb::api {
namespace {

// Takes what a time is made of off the front of a text; after the first fault nothing is taken.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  /// A number of exactly `digits` digits.
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest_.empty() || !is_digit(rest_.front())) good_ = false;
      if (!good_) return 0;
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  /// One of the characters; which.
  char one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) good_ = false;
    if (!good_) return '\0';
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
  }

  /// `.` and digits, as milliseconds, if they are there.
  int fraction() {
    if (!good_ || rest_.empty() || rest_.front() != '.') return 0;
    rest_.remove_prefix(1);
    if (rest_.empty() || !is_digit(rest_.front())) good_ = false;
    int value = 0;
    int scale = 100;
    bool finer = false;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1)) {
      value += (rest_.front() - '0') * scale;
      finer = finer || (scale == 0 && rest_.front() != '0');
      scale /= 10;
    }
    return value + (finer ? 1 : 0);
  }

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool done() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
  using namespace std::chrono;
  TimeReader reader(text);
  const int year_number = reader.number(4);
  reader.one_of("-");
  const int month_number = reader.number(2);
  reader.one_of("-");
  const int day_number = reader.number(2);
  reader.one_of("Tt");
  const int hour = reader.number(2);
  reader.one_of(":");
  const int minute = reader.number(2);
  reader.one_of(":");
  const int second = reader.number(2);
  const int fraction = reader.fraction();
  const char zone = reader.one_of("Zz+-");
  int offset = 0;
  if (zone == '+' || zone == '-') {
    const int hours_off = reader.number(2);
    reader.one_of(":");
    const int minutes_off = reader.number(2);
    if (hours_off > 23 || minutes_off > 59) return std::nullopt;
    offset = (hours_off * 60 + minutes_off) * (zone == '-' ? -1 : 1);
  }
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  if (!reader.done() || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto time = sys_days{date} + hours{hour} + minutes{minute - offset} + seconds{second};
  const std::int64_t unix_ms = duration_cast<milliseconds>(time.time_since_epoch()).count() + fraction;
  if (unix_ms < 0) return std::nullopt;
  return unix_ms;
}

}  // namespace mkb::api
