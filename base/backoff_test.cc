#include "base/backoff.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace mkb {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(FullJitterBackoff, CeilingDoublesUpToTheCap) {
  FullJitterBackoff backoff(milliseconds(100), seconds(1));
  for (const auto expected : {100, 200, 400, 800, 1000, 1000}) {
    EXPECT_EQ(backoff.ceiling(), milliseconds(expected));
    backoff.next(0);
  }
}

TEST(FullJitterBackoff, ResetStartsAgain) {
  FullJitterBackoff backoff(milliseconds(100), seconds(1));
  backoff.next(1);
  backoff.next(1);
  backoff.reset();
  EXPECT_EQ(backoff.ceiling(), milliseconds(100));
  EXPECT_EQ(backoff.attempts(), 0u);
}

TEST(FullJitterBackoff, DelaysCoverTheWholeRange) {
  std::mt19937_64 random(7);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    FullJitterBackoff backoff(milliseconds(100), seconds(1));
    const Duration delay = backoff.next(random());
    ASSERT_GE(delay, Duration::zero());
    ASSERT_LE(delay, milliseconds(100));
    low = low || delay < milliseconds(25);
    high = high || delay > milliseconds(75);
  }
  EXPECT_TRUE(low && high);
}

TEST(FullJitterBackoff, ManyAttemptsDoNotOverflow) {
  FullJitterBackoff backoff(milliseconds(5), seconds(1000));
  for (int i = 0; i < 10000; ++i) {
    ASSERT_LE(backoff.next(std::numeric_limits<std::uint64_t>::max()), seconds(1000));
  }
}

}  // namespace
}  // namespace mkb
