#include "api/problem.h"

#include <gtest/gtest.h>

namespace mkb::api {
namespace {

TEST(Problem, Renders) {
  EXPECT_EQ(render({"f.yaml", {3, 7}, "spec.x", "is empty", "write a text"}),
            "f.yaml:3:7: spec.x: is empty; write a text");
  EXPECT_EQ(render({"f.yaml", {3, 7}, "", "a tab", ""}), "f.yaml:3:7: a tab");
  EXPECT_EQ(render({"f.yaml", {}, "", "cannot be read", "x"}), "f.yaml: cannot be read; x");
  EXPECT_EQ(render({"", {}, "spec", "is missing", ""}), "spec: is missing");
}

TEST(Problem, RendersOnePerLineWithALabel) {
  const std::vector<Problem> problems = {{"f", {1, 1}, "a", "x", "y"}, {"f", {2, 1}, "b", "z", ""}};
  EXPECT_EQ(render(problems), "f:1:1: a: x; y\nf:2:1: b: z\n");
  EXPECT_EQ(render(problems, "warning: "), "f:1:1: warning: a: x; y\nf:2:1: warning: b: z\n");
  EXPECT_EQ(render(std::vector<Problem>{}), "");
}

TEST(Report, SortsByPositionAndKeepsTies) {
  Report report("f");
  EXPECT_TRUE(report.clean());
  report.problem({2, 1}, "c", "", "");
  report.problem({1, 5}, "a", "", "");
  report.problem({1, 5}, "b", "", "");
  report.warning({9, 9}, "w", "", "");
  EXPECT_FALSE(report.clean());
  EXPECT_EQ(render(report.take_problems()), "f:1:5: a: \nf:1:5: b: \nf:2:1: c: \n");
  EXPECT_EQ(render(report.take_warnings()), "f:9:9: w: \n");
  EXPECT_TRUE(report.clean());
}

TEST(Report, CountsWhatItDoesNotKeep) {
  Report report("f");
  for (std::size_t i = 0; i < Report::kMostKept; ++i) report.problem({1, 1}, "", "x", "");
  report.problem({1, 1}, "", "x", "");
  report.problem({1, 1}, "", "x", "");
  const auto problems = report.take_problems();
  ASSERT_EQ(problems.size(), Report::kMostKept + 1);
  EXPECT_EQ(render(problems.back()), "f: and 2 more");
}

}  // namespace
}  // namespace mkb::api
