#include "api/quantity_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mkb::api {
namespace {

TEST(QuantityText, ReadsBytes) {
  const std::vector<std::pair<std::string, std::int64_t>> cases = {
      {"0", 0},
      {"1024", 1024},
      {"1Ki", 1024},
      {"1Mi", 1048576},
      {"3Gi", 3221225472},
      {"1Ti", 1099511627776},
      {"2k", 2000},
      {"2M", 2000000},
      {"2G", 2000000000},
      {"2T", 2000000000000},
      {"9223372036854775807", INT64_MAX},
      {"8388607Ti", 8388607LL << 40},
  };
  for (const auto& [text, bytes] : cases) EXPECT_EQ(parse_byte_quantity(text), bytes) << text;
}

TEST(QuantityText, RefusesTheRest) {
  for (const char* text : {"", "Mi", "-1", "+1", " 1", "1 ", "1 Mi", "1mi", "1K", "1MB", "1.5Mi", "1e3",
                           "0x10", "1i", "9223372036854775808", "8388608Ti"}) {
    EXPECT_EQ(parse_byte_quantity(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace mkb::api
