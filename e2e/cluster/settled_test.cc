#include "e2e/cluster/settled.h"

#include <gtest/gtest.h>

namespace mkb::e2e {
namespace {

using nlohmann::json;

json bridge() {
  return json::parse(R"({"metadata": {"generation": 3},
    "status": {"observedGeneration": 3, "replicas": 2, "readyReplicas": 2, "shards": {"moving": 0},
               "conditions": [{"type": "Ready", "status": "True"}, {"type": "Reconciling", "status": "False"}]}})");
}

TEST(SettledTest, WhenItsStatusSaysSo) {
  EXPECT_TRUE(is_settled(bridge(), 2));
  EXPECT_FALSE(is_settled(bridge(), 3));
}

TEST(SettledTest, NotWhileAnythingIsToCome) {
  for (const auto& [pointer, value] : {std::pair<const char*, json>{"/status/observedGeneration", 2},
                                       {"/status/replicas", 3},
                                       {"/status/readyReplicas", 1},
                                       {"/status/shards/moving", 1},
                                       {"/status/conditions/0/status", "False"},
                                       {"/status/conditions/1/status", "True"}}) {
    json changed = bridge();
    changed[json::json_pointer(pointer)] = value;
    EXPECT_FALSE(is_settled(changed, 2)) << pointer;
  }
}

TEST(SettledTest, NotWithoutAStatus) {
  EXPECT_FALSE(is_settled(json(), 0));
  EXPECT_FALSE(is_settled(json{{"metadata", {{"generation", 1}}}}, 0));
  EXPECT_FALSE(is_settled(json{{"status", json::object()}, {"metadata", {{"generation", 1}}}}, 0));
}

}  // namespace
}  // namespace mkb::e2e
