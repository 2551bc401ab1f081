#include "api/time_text.h"

#include <gtest/gtest.h>

#include <string>

namespace mkb::api {
namespace {

TEST(TimeText, ReadsUtcAndOffsets) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_time("2026-11-24T10:00:00Z"), 1'795'514'400'000);
  EXPECT_EQ(parse_time("2026-11-24t10:00:00z"), 1'795'514'400'000);
  EXPECT_EQ(parse_time("2026-11-24T11:30:00+01:30"), 1'795'514'400'000);
  EXPECT_EQ(parse_time("2026-11-24T02:00:00-08:00"), 1'795'514'400'000);
  EXPECT_EQ(parse_time("2026-11-24T10:00:00-00:00"), 1'795'514'400'000);
  EXPECT_EQ(parse_time("1969-12-31T23:00:00-01:00"), 0);
  EXPECT_EQ(parse_time("2024-02-29T23:59:59Z"), 1'709'251'199'000);
  EXPECT_EQ(parse_time("9999-12-31T23:59:59.999Z"), 253'402'300'799'999);
}

TEST(TimeText, FractionsCountUpToMilliseconds) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00.5Z"), 500);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00.0625Z"), 63);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00.123000000000000000000Z"), 123);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00.9999Z"), 1000);
}

TEST(TimeText, RefusesTheRest) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-24",
                           "2026-11-24T10:00Z",
                           "2026-11-24T10:00:00",
                           "2026-11-24 10:00:00Z",
                           "2026-13-24T10:00:00Z",
                           "2026-00-24T10:00:00Z",
                           "2026-11-31T10:00:00Z",
                           "2023-02-29T10:00:00Z",
                           "2026-11-24T24:00:00Z",
                           "2026-11-24T10:60:00Z",
                           "2026-11-24T23:59:60Z",
                           "2026-11-24T10:00:00.Z",
                           "2026-11-24T10:00:00+0100",
                           "2026-11-24T10:00:00+24:00",
                           "2026-11-24T10:00:00+01:60",
                           "2026-11-24T10:00:00Zx",
                           "2026-11-24T10:00:00Z ",
                           "+026-11-24T10:00:00Z",
                           "2026-1-24T10:00:00Z",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:30:00+01:00",
                           "1795514400000"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace mkb::api
