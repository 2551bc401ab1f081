#include "e2e/cluster/drill_report.h"

#include <gmock/gmock.h>

namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

DrillReport good() {
  DrillReport report;
  report.name = "pod killed";
  report.totals.sent = 1000;
  report.totals.records = 1003;
  report.totals.duplicated = 3;
  report.silence = 4s;
  report.limits = {100, {15s, 20s}};
  return report;
}

TEST(DrillReportTest, WhatIsWithinItsLimitsIsKept) {
  EXPECT_TRUE(good().kept_everything());
  EXPECT_TRUE(good().was_quick());
  EXPECT_THAT(to_table({good()}), Not(HasSubstr("NOT KEPT")));
  EXPECT_THAT(to_table({good()}), Not(HasSubstr("SLOW")));
}

TEST(DrillReportTest, EveryKindOfDamageCounts) {
  auto report = good();
  report.totals.lost = 1;
  EXPECT_FALSE(report.kept_everything());
  report = good();
  report.totals.invented = 1;
  EXPECT_FALSE(report.kept_everything());
  report = good();
  report.totals.out_of_order = 1;
  EXPECT_FALSE(report.kept_everything());
  report = good();
  report.totals.duplicated = 101;
  EXPECT_FALSE(report.kept_everything());
  EXPECT_THAT(to_table({report}), HasSubstr("NOT KEPT"));
}

TEST(DrillReportTest, NothingSentProvesNothing) {
  auto report = good();
  report.totals = {};
  EXPECT_FALSE(report.kept_everything());
}

TEST(DrillReportTest, ALongSilenceIsSlow) {
  auto report = good();
  report.silence = 15s;
  EXPECT_FALSE(report.was_quick());
  EXPECT_TRUE(report.was_quick_enough());
  EXPECT_TRUE(report.kept_everything());
  EXPECT_THAT(to_table({report}), AllOf(HasSubstr("over the goal"), Not(HasSubstr("SLOW"))));
  report.silence = 20s;
  EXPECT_FALSE(report.was_quick_enough());
  EXPECT_TRUE(report.kept_everything());
  EXPECT_THAT(to_table({report}), HasSubstr("SLOW"));
}

TEST(DrillReportTest, TheTableSumsUp) {
  auto other = good();
  other.totals.lost = 2;
  const auto table = to_table({good(), other});
  EXPECT_THAT(table, HasSubstr("2000 messages acknowledged to their publishers, 2 lost."));
}

}  // namespace
}  // namespace mkb::e2e
