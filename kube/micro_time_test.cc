#include "kube/micro_time.h"

#include <gtest/gtest.h>

#include <limits>

namespace mkb::kube {
namespace {

TEST(MicroTime, HasSixDigitsOfFraction) {
  EXPECT_EQ(micro_time(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(micro_time(1), "1970-01-01T00:00:00.001000Z");
  EXPECT_EQ(micro_time(951'782'399'999), "2000-02-28T23:59:59.999000Z");
  EXPECT_EQ(micro_time(951'782'400'000), "2000-02-29T00:00:00.000000Z");
  EXPECT_EQ(micro_time(1'700'000'000'123), "2023-11-14T22:13:20.123000Z");
}

TEST(MicroTime, BeforeTheEpochCountsDown) {
  EXPECT_EQ(micro_time(-1), "1969-12-31T23:59:59.999000Z");
}

TEST(MicroTime, AClockGoneMadStillGivesFourDigitsOfYear) {
  EXPECT_EQ(micro_time(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999000Z");
  EXPECT_EQ(micro_time(std::numeric_limits<std::int64_t>::min()), "0001-01-01T00:00:00.000000Z");
}

}  // namespace
}  // namespace mkb::kube
