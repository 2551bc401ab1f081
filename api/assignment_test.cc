#include "api/assignment.h"

#include <gtest/gtest.h>

#include <random>

namespace mkb::api {
namespace {

TEST(Assignment, ComesBackAsItWas) {
  const Assignment written{
      7, {{0, ShardDuty::kOwn}, {3, ShardDuty::kPrepare}, {4, ShardDuty::kRelease}, {9, ShardDuty::kEnd}}};
  const auto read = parse_assignment(to_json(written));
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(*read, written);
}

TEST(Assignment, HasNoOtherShapeThanThis) {
  EXPECT_EQ(to_json(Assignment{2, {{5, ShardDuty::kOwn}}}),
            R"({"epoch":2,"shards":[{"duty":"own","shard":5}]})");
}

TEST(Assignment, SaysWhichShardsHadAnOwnerBefore) {
  const Assignment written{3, {{1, ShardDuty::kOwn, true}, {2, ShardDuty::kOwn}}};
  EXPECT_EQ(to_json(written),
            R"({"epoch":3,"shards":[{"duty":"own","established":true,"shard":1},{"duty":"own","shard":2}]})");
  const auto read = parse_assignment(to_json(written));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, written);
}

TEST(Assignment, OfNewerOperatorsIsUnderstood) {
  const auto read =
      parse_assignment(R"({"epoch":1,"new":true,"shards":[{"shard":1,"duty":"own","weight":4}]})");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, (Assignment{1, {{1, ShardDuty::kOwn}}}));
}

class MalformedAssignment : public testing::TestWithParam<const char*> {};

TEST_P(MalformedAssignment, IsRefused) {
  const auto read = parse_assignment(GetParam());
  ASSERT_FALSE(read.ok());
  EXPECT_TRUE(read.error().is(AssignmentError::kMalformed));
  EXPECT_FALSE(read.error().message().empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedAssignment,
    testing::Values("", "[]", "{", R"({"epoch":1})", R"({"epoch":-1,"shards":[]})",
                    R"({"epoch":"1","shards":[]})", R"({"shards":{}})", R"({"shards":[1]})",
                    R"({"shards":[{"shard":1}]})", R"({"shards":[{"shard":-1,"duty":"own"}]})",
                    R"({"shards":[{"shard":4096,"duty":"own"}]})",
                    R"({"shards":[{"shard":1,"duty":"keep"}]})",
                    R"({"shards":[{"shard":1,"duty":"own","established":1}]})",
                    R"({"shards":[{"shard":2,"duty":"own"},{"shard":1,"duty":"own"}]})",
                    R"({"shards":[{"shard":1,"duty":"own"},{"shard":1,"duty":"end"}]})"));

TEST(PodReport, ComesBackAsItWas) {
  RouteTotals idle;
  idle.name = "idle";
  const PodReport written{9,
                          3,
                          {1, 2},
                          {4},
                          {2},
                          {{"telemetry", 9, 8, 1, 2, 3, 4, 5, "no"}, idle},
                          "mqtt://broker:1883: refused \xff"};
  auto read = parse_report(to_json(written));
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->problem, "mqtt://broker:1883: refused \xef\xbf\xbd");
  read->problem = written.problem;
  EXPECT_EQ(*read, written);
}

TEST(PodReport, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(to_json(PodReport{1, 2, {}, {}, {}, {}, ""}), R"({"epoch":1,"generation":2,"held":[]})");
}

class MalformedReport : public testing::TestWithParam<const char*> {};

TEST_P(MalformedReport, IsRefused) {
  EXPECT_FALSE(parse_report(GetParam()).ok());
}

INSTANTIATE_TEST_SUITE_P(All, MalformedReport,
                         testing::Values("", "null", R"({"epoch":1.5})", R"({"generation":"x"})",
                                         R"({"held":3})", R"({"held":[-1]})", R"({"lost":["1"]})",
                                         R"({"problem":1})", R"({"routes":1})", R"({"routes":[{}]})",
                                         R"({"routes":[{"name":"a","received":-1}]})",
                                         R"({"routes":[{"name":"a","lastError":1}]})"));

TEST(PodReport, SurvivesAnyChangedByte) {
  const std::string good =
      to_json(PodReport{9, 3, {1, 2}, {4}, {2}, {{"r", 1, 0, 0, 0, 0, 0, 0, ""}}, "no route to host"});
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    text[random() % text.size()] = static_cast<char>(random());
    const auto report = parse_report(text);
    if (report.ok()) {
      EXPECT_TRUE(parse_report(to_json(*report)).ok());
    }
  }
}

}  // namespace
}  // namespace mkb::api
