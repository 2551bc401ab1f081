#include "api/plain_scalar.h"

#include <gtest/gtest.h>

namespace mkb::api {
namespace {

TEST(PlainScalar, Numbers) {
  for (const char* text : {"0", "-1", "+1", "1.5", ".5", "5.", "1e3", "-1E-3", "0x1F", "0o17", "0b11", ".inf",
                           "-.INF", ".NaN", "99999999999999999999", "1e999", "007"}) {
    EXPECT_TRUE(looks_like_number(text)) << text;
  }
  for (const char* text :
       {"", "-", "+", ".", "x", "1x", "1.2.3", "1h", "3.1.1", "inf", "nan", "0x", "0xg", "1_0"}) {
    EXPECT_FALSE(looks_like_number(text)) << text;
  }
}

TEST(PlainScalar, WholeNumbers) {
  for (const char* text : {"0", "7", "-7", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_TRUE(looks_like_whole_number(text)) << text;
  }
  for (const char* text :
       {"", "-", "+7", "07", "-07", "00", "1.0", "1e3", "0x10", "7 ", "9223372036854775808"}) {
    EXPECT_FALSE(looks_like_whole_number(text)) << text;
  }
}

TEST(PlainScalar, Truth) {
  for (const char* text : {"true", "False", "YES", "no", "on", "Off"})
    EXPECT_TRUE(looks_like_truth(text)) << text;
  for (const char* text : {"", "y", "n", "tru", "truee", "none"})
    EXPECT_FALSE(looks_like_truth(text)) << text;
}

}  // namespace
}  // namespace mkb::api
