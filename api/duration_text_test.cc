#include "api/duration_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace mkb::api {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, ReadsWhatGoReads) {
  const std::vector<std::pair<std::string, std::chrono::nanoseconds>> cases = {
      {"0", 0ns},
      {"0s", 0ns},
      {"30s", 30s},
      {"1h", 1h},
      {"1m30s", 90s},
      {"500ms", 500ms},
      {"18h12m15s", 65535s},
      {"1.5h", 90min},
      {".5s", 500ms},
      {"1.s", 1s},
      {"7us", 7us},
      {"7\u00b5s", 7us},
      {"7\u03bcs", 7us},
      {"9ns", 9ns},
      {"1s1s", 2s},
      {"00030s", 30s},
      {"0.0000000019s", 1ns},
      {"0.333333333h", 1199999998800ns},
      {"9223372036.854775807s", 9223372036854775807ns},
  };
  for (const auto& [text, duration] : cases) EXPECT_EQ(parse_duration(text), duration) << text;
}

TEST(DurationText, RefusesTheRest) {
  for (const char* text : {"",
                           "30",
                           "s",
                           ".s",
                           "-1s",
                           "+1s",
                           "1 s",
                           " 1s",
                           "1s ",
                           "1d",
                           "1S",
                           "1h30",
                           "1..5s",
                           "1.5.5s",
                           "9223372036.854775808s",
                           "2562047h48m",
                           "99999999999999999999s",
                           "1e3s",
                           "0x1s",
                           "1m 30s",
                           "00",
                           "never"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationText, WritesWhatItReads) {
  EXPECT_EQ(duration_text(0s), "0s");
  EXPECT_EQ(duration_text(59s), "59s");
  EXPECT_EQ(duration_text(60s), "1m");
  EXPECT_EQ(duration_text(3600s), "1h");
  EXPECT_EQ(duration_text(3605s), "1h5s");
  EXPECT_EQ(duration_text(65535s), "18h12m15s");
  std::mt19937 random(3);
  for (int round = 0; round < 1000; ++round) {
    const std::chrono::seconds duration{random()};
    ASSERT_EQ(parse_duration(duration_text(duration)), duration);
  }
}

}  // namespace
}  // namespace mkb::api
