#include "e2e/demo/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace mkb::demo {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Sample at(double seconds, std::uint64_t sent, std::uint64_t in_kafka) {
  return {seconds, sent, in_kafka, sent - in_kafka, 1.5, 4.25, sent / 20, sent / 20 - 1, sent / 20 - 2};
}

TEST(LiveViewTest, WritesOneLinePerSampleUnderOneHeading) {
  LiveView view(false);
  EXPECT_THAT(view.render(at(1, 1000, 990)), StartsWith("   time "));
  EXPECT_EQ(
      view.render(at(3, 12'000, 10'990)),
      "    3 s     12,000     10,990      5000     1,010      1.5      4.2       600       599       598\n");
}

TEST(LiveViewTest, RedrawsItsBlockInPlaceOnATerminal) {
  LiveView view(true);
  const auto first = view.render(at(1, 1000, 990));
  EXPECT_THAT(first, Not(HasSubstr("\x1b[6A")));
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 6);
  const auto second = view.render(at(2, 2000, 1990));
  EXPECT_THAT(second, StartsWith("\x1b[6A"));
  EXPECT_THAT(second, HasSubstr("1000/s   ▇█"));
  EXPECT_THAT(second, HasSubstr("commands                     100   received by vehicles         99   "
                                "answered in Kafka         98"));
}

TEST(LiveViewTest, SurvivesACounterThatGoesBackAndTimeThatStandsStill) {
  LiveView view(false);
  view.render(at(1, 1000, 990));
  EXPECT_THAT(view.render(at(1, 500, 400)), HasSubstr("        0 "));
}

}  // namespace
}  // namespace mkb::demo
