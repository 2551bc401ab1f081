#include "api/duration_field.h"

#include "api/duration_text.h"
#include "api/quote.h"

namespace mkb::api {
namespace {

template <class Unit>
std::optional<Unit> read_whole(const Field& field, const std::string& units, const std::string& example) {
  const auto written = field.any_scalar();
  if (!written) return std::nullopt;
  const auto duration = parse_duration(*written);
  if (!duration) {
    field.problem(in_quotes(*written) + " is no duration", "write " + example);
    return std::nullopt;
  }
  const auto whole = std::chrono::duration_cast<Unit>(*duration);
  if (whole != *duration) {
    field.problem(in_quotes(*written) + " is not in whole " + units, "write " + example);
    return std::nullopt;
  }
  return whole;
}

}  // namespace

std::optional<std::chrono::seconds> read_seconds(const Field& field, const std::string& example) {
  return read_whole<std::chrono::seconds>(field, "seconds", example);
}

std::optional<std::chrono::milliseconds> read_milliseconds(const Field& field, const std::string& example) {
  return read_whole<std::chrono::milliseconds>(field, "milliseconds", example);
}

}  // namespace mkb::api
