#include "dataplane/admin/latency_quantile.h"

#include <gtest/gtest.h>

#include <random>

namespace mkb::dataplane {
namespace {

constexpr std::size_t kUnbounded = kLatencyBoundsMicros.size();

LatencyHistogram with_buckets(std::initializer_list<std::pair<std::size_t, std::uint64_t>> buckets) {
  LatencyHistogram histogram;
  for (const auto& [index, count] : buckets) {
    histogram.buckets[index] = count;
    histogram.count += count;
  }
  return histogram;
}

TEST(LatencyQuantile, IsEmptyWithoutMessages) {
  EXPECT_EQ(quantile_millis(LatencyHistogram{}, 0.5), std::nullopt);
}

TEST(LatencyQuantile, IsLinearWithinTheFirstBucket) {
  const auto histogram = with_buckets({{0, 100}});
  EXPECT_DOUBLE_EQ(*quantile_millis(histogram, 0.5), 0.125);
  EXPECT_DOUBLE_EQ(*quantile_millis(histogram, 0.01), 0.0025);
  EXPECT_DOUBLE_EQ(*quantile_millis(histogram, 1), 0.25);
}

TEST(LatencyQuantile, IsLinearBetweenTheBoundsOfALaterBucket) {
  const auto histogram = with_buckets({{3, 10}});  // (1 ms, 2 ms]
  EXPECT_DOUBLE_EQ(*quantile_millis(histogram, 0.1), 1.1);
  EXPECT_DOUBLE_EQ(*quantile_millis(histogram, 1), 2);
}

TEST(LatencyQuantile, SkipsEmptyBuckets) {
  const auto histogram = with_buckets({{0, 1}, {10, 1}});  // (0, 0.25 ms] and (25 ms, 50 ms]
  EXPECT_DOUBLE_EQ(*quantile_millis(histogram, 0.5), 0.25) << "the rank is exactly what lies below";
  EXPECT_DOUBLE_EQ(*quantile_millis(histogram, 0.75), 37.5);
}

TEST(LatencyQuantile, InTheUnboundedBucketIsItsLowerBound) {
  EXPECT_DOUBLE_EQ(*quantile_millis(with_buckets({{kUnbounded, 5}}), 0.5), 60'000);
  const auto histogram = with_buckets({{0, 99}, {kUnbounded, 1}});
  EXPECT_DOUBLE_EQ(*quantile_millis(histogram, 0.99), 0.25);
  EXPECT_DOUBLE_EQ(*quantile_millis(histogram, 0.999), 60'000);
}

// The definition itself, on random histograms: the bucket chosen is the first that reaches the rank, and a
// greater fraction never has a smaller quantile.
TEST(LatencyQuantile, LiesInTheBucketThatReachesTheRankAndGrows) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    LatencyHistogram histogram;
    for (auto& bucket : histogram.buckets) {
      bucket = random() % 3 == 0 ? random() % 1000 : 0;
      histogram.count += bucket;
    }
    if (histogram.count == 0) {
      continue;
    }
    double previous = 0;
    for (const double q : {0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      std::size_t index = 0;
      auto cumulative = static_cast<double>(histogram.buckets[0]);
      while (cumulative < q * static_cast<double>(histogram.count)) {
        cumulative += static_cast<double>(histogram.buckets[++index]);
      }
      const double lower = index == 0 ? 0 : kLatencyBoundsMicros[index - 1] / 1e3;
      const double upper = index == kUnbounded ? lower : kLatencyBoundsMicros[index] / 1e3;
      const double value = *quantile_millis(histogram, q);
      EXPECT_GE(value, lower);
      EXPECT_LE(value, upper);
      EXPECT_GE(value, previous);
      previous = value;
    }
  }
}

}  // namespace
}  // namespace mkb::dataplane
