#include "e2e/demo/latency_window.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mkb::demo {
namespace {

nlohmann::json latency(int up_to_one, int up_to_ten, int above) {
  return {{"buckets",
           {{{"le_ms", 1.0}, {"count", up_to_one}},
            {{"le_ms", 10.0}, {"count", up_to_ten}},
            {{"le_ms", nullptr}, {"count", above}}}}};
}

TEST(LatencyWindowTest, IsLinearWithinABucket) {
  LatencyWindow window;
  const auto seen = window.advance(latency(0, 100, 0));
  EXPECT_DOUBLE_EQ(seen.p50_ms, 5.5);
  EXPECT_DOUBLE_EQ(seen.p99_ms, 9.91);
}

TEST(LatencyWindowTest, ForgetsWhatWasSeenBefore) {
  LatencyWindow window;
  window.advance(latency(0, 0, 100));
  const auto seen = window.advance(latency(100, 0, 100));
  EXPECT_DOUBLE_EQ(seen.p50_ms, 0.5);
  EXPECT_DOUBLE_EQ(seen.p99_ms, 0.99);
}

TEST(LatencyWindowTest, IsZeroWhenNothingHappened) {
  LatencyWindow window;
  window.advance(latency(5, 5, 5));
  EXPECT_DOUBLE_EQ(window.advance(latency(5, 5, 5)).p99_ms, 0);
}

TEST(LatencyWindowTest, AboveEveryBoundCountsAsTheLastBound) {
  LatencyWindow window;
  EXPECT_DOUBLE_EQ(window.advance(latency(0, 0, 7)).p50_ms, 10);
}

}  // namespace
}  // namespace mkb::demo
