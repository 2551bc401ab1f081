#include "e2e/lab/query_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::lab {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(QueryNames, AMetricAlone) {
  const QueryNames names = names_in("mkb_kafka_paused");
  EXPECT_THAT(names.metrics, ElementsAre(Pair("mkb_kafka_paused", IsEmpty())));
  EXPECT_THAT(names.grouping, IsEmpty());
}

TEST(QueryNames, LabelsOfItsMatchersButNotTheirValues) {
  EXPECT_THAT(
      names_in(R"(rate(a_total{reason!~"loop|returned", code=~"5..|\"x", le = "+Inf"}[5m]) > 0.5)").metrics,
      ElementsAre(Pair("a_total", UnorderedElementsAre("reason", "code", "le"))));
}

TEST(QueryNames, AggregatesAndFunctionsAreNoMetrics) {
  const QueryNames names =
      names_in("histogram_quantile(0.99, sum by (le, route) (rate(a_bucket[$__rate_interval]))) > 1e3");
  EXPECT_THAT(names.metrics, ElementsAre(Pair("a_bucket", IsEmpty())));
  EXPECT_THAT(names.grouping, UnorderedElementsAre("le", "route"));
}

TEST(QueryNames, BothSidesOfAnOperator) {
  const QueryNames names = names_in(
      "sum by (x) (a{n=\"1\"}) == 0\nand on (y) max(b) > 0 or c unless ignoring (z) group_left d offset 5m");
  EXPECT_THAT(names.metrics, UnorderedElementsAre(Pair("a", ElementsAre("n")), Pair("b", IsEmpty()),
                                                  Pair("c", IsEmpty()), Pair("d", IsEmpty())));
  EXPECT_THAT(names.grouping, UnorderedElementsAre("x", "y", "z"));
}

TEST(QueryNames, TheSameMetricTwiceHasTheLabelsOfBoth) {
  EXPECT_THAT(names_in("a{x=\"1\"} / a{y=\"2\"}").metrics,
              ElementsAre(Pair("a", UnorderedElementsAre("x", "y"))));
}

TEST(QueryNames, WhatIsNoQueryEndsToo) {
  for (const char* text : {"", "{", "a{", "\"", "a[", "by", "by (", "\\", "5m"}) names_in(text);
}

}  // namespace
}  // namespace mkb::lab
