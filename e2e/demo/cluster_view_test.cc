#include "e2e/demo/cluster_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::demo {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

json config_map(const std::string& name, const std::string& assignment) {
  return {{"metadata", {{"name", name}}}, {"data", {{"assignment.json", assignment}}}};
}

constexpr const char* kFirst =
    R"({"epoch":4,"shards":[{"shard":0,"duty":"own"},{"shard":1,"duty":"own"},{"shard":2,"duty":"release"}]})";
constexpr const char* kSecond = R"({"epoch":4,"shards":[{"shard":2,"duty":"prepare"}]})";

TEST(ClusterViewTest, EntersWhatTheAssignmentsSay) {
  ClusterSample sample;
  enter(sample, {{"spec", {{"replicas", 2}}}, {"status", {{"readyReplicas", 1}}}},
        {{"items", {config_map("mkb-fleet-0", kFirst), config_map("mkb-fleet-1", kSecond)}}});
  EXPECT_EQ(sample.wanted, 2);
  EXPECT_EQ(sample.ready, 1);
  EXPECT_THAT(sample.owned, ElementsAre(Pair(0, 2)));
  EXPECT_THAT(sample.releases, ElementsAre(Pair(0, 1)));
}

TEST(ClusterViewTest, LeavesOutWhatIsNoAssignment) {
  ClusterSample sample;
  enter(sample, nullptr,
        {{"items",
          {config_map("mkb-fleet-0", "no JSON"),
           config_map("mkb-fleet-config", kFirst),
           {{"metadata", {{"name", "other-3"}}}}}}});
  EXPECT_THAT(sample.owned, IsEmpty());
  EXPECT_EQ(sample.wanted, 0);
  enter(sample, nullptr, json::object());
  EXPECT_THAT(sample.owned, IsEmpty());
}

TEST(ClusterViewTest, WritesOneLinePerSampleUnderOneHeading) {
  ClusterView view;
  ClusterSample sample{1, 2000, 1990, 1, 1, {{0, 12}}, {}};
  EXPECT_THAT(view.render(sample), StartsWith("   time "));
  sample = {3, 6000, 5990, 4, 2, {{0, 8}, {1, 3}}, {{0, 1}}};
  const auto second = view.render(sample);
  EXPECT_THAT(second, Not(HasSubstr("time")));
  EXPECT_EQ(second, "    3 s      6,000      5,990    2000    2/4   0: 8   1: 3   (1 leaving 0)\n");
}

TEST(ClusterViewTest, SurvivesACounterThatGoesBack) {
  ClusterView view;
  EXPECT_THAT(view.render({1, 10, 10, 1, 1, {}, {}}), HasSubstr("10"));
  EXPECT_THAT(view.render({1, 10, 5, 1, 1, {}, {}}), HasSubstr(" 0    1/1"));
}

}  // namespace
}  // namespace mkb::demo
