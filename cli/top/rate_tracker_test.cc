#include "cli/top/rate_tracker.h"

#include <gtest/gtest.h>

namespace mkb::cli {
namespace {

std::vector<api::RouteTotals> totals(std::uint64_t received, std::uint64_t delivered,
                                     const std::string& name = "r") {
  api::RouteTotals route;
  route.name = name;
  route.received = received;
  route.delivered = delivered;
  return {route};
}

TEST(RateTrackerTest, NeedsTwoReports) {
  RateTracker rates;
  EXPECT_FALSE(rates.rates("pod", "r"));
  rates.observe("pod", 1000, totals(50, 40));
  EXPECT_FALSE(rates.rates("pod", "r"));
  EXPECT_FALSE(rates.known("pod"));
  rates.observe("pod", 1000, totals(50, 40));
  EXPECT_FALSE(rates.known("pod")) << "the same report again";
  rates.observe("pod", 3000, totals(250, 140));
  ASSERT_TRUE(rates.rates("pod", "r"));
  EXPECT_DOUBLE_EQ(rates.rates("pod", "r")->received, 100);
  EXPECT_DOUBLE_EQ(rates.rates("pod", "r")->delivered, 50);
  EXPECT_TRUE(rates.known("pod"));
}

TEST(RateTrackerTest, IsOfTheLastTwo) {
  RateTracker rates;
  rates.observe("pod", 1000, totals(0, 0));
  rates.observe("pod", 2000, totals(1000, 1000));
  rates.observe("pod", 4000, totals(1000, 1000));
  EXPECT_DOUBLE_EQ(rates.rates("pod", "r")->received, 0);
  rates.observe("pod", 4000, totals(1000, 1000));
  EXPECT_DOUBLE_EQ(rates.rates("pod", "r")->received, 0);
}

TEST(RateTrackerTest, StartsAnewWhenTheCountersDo) {
  RateTracker rates;
  rates.observe("pod", 1000, totals(1000, 1000));
  rates.observe("pod", 2000, totals(2000, 2000));
  rates.observe("pod", 3000, totals(10, 10));
  EXPECT_FALSE(rates.rates("pod", "r"));
  rates.observe("pod", 4000, totals(30, 20));
  EXPECT_DOUBLE_EQ(rates.rates("pod", "r")->received, 20);
}

TEST(RateTrackerTest, StartsAnewWhenTheClockWasSetBack) {
  RateTracker rates;
  rates.observe("pod", 5000, totals(1000, 1000));
  rates.observe("pod", 4000, totals(1100, 1100));
  EXPECT_FALSE(rates.rates("pod", "r"));
  rates.observe("pod", 5000, totals(1200, 1200));
  EXPECT_DOUBLE_EQ(rates.rates("pod", "r")->received, 100);
}

TEST(RateTrackerTest, ANewRouteHasNoRateAtFirst) {
  RateTracker rates;
  rates.observe("pod", 1000, totals(10, 10, "a"));
  auto both = totals(20, 20, "a");
  both.push_back(totals(500, 500, "b").front());
  rates.observe("pod", 2000, both);
  EXPECT_DOUBLE_EQ(rates.rates("pod", "a")->received, 10);
  EXPECT_FALSE(rates.rates("pod", "b"));
}

TEST(RateTrackerTest, SourcesAreTheirOwn) {
  RateTracker rates;
  rates.observe("a", 1000, totals(0, 0));
  rates.observe("b", 2000, totals(500, 500));
  EXPECT_FALSE(rates.known("a"));
  EXPECT_FALSE(rates.known("b"));
}

}  // namespace
}  // namespace mkb::cli
