#include "operator/bridge_state.h"

#include <gtest/gtest.h>

namespace mkb::operators {
namespace {

using nlohmann::json;

json sample() {
  return {{"metadata", {{"namespace", "fleets"}, {"name", "fleet"}}},
          {"spec", {{"replicas", 3}}},
          {"status",
           {{"conditions",
             {{{"type", "Reconciling"}, {"status", "False"}}, {{"type", "Ready"}, {"status", "True"}}}}}}};
}

TEST(BridgeState, IsReadFromTheObject) {
  const BridgeState state = BridgeState::of(sample());
  EXPECT_EQ(state.name_space, "fleets");
  EXPECT_EQ(state.name, "fleet");
  EXPECT_TRUE(state.ready);
  EXPECT_EQ(state.replicas, 3);
}

TEST(BridgeState, OnlyTrueIsReady) {
  for (const char* status : {"False", "Unknown", ""}) {
    json bridge = sample();
    bridge["status"]["conditions"][1]["status"] = status;
    EXPECT_FALSE(BridgeState::of(bridge).ready) << status;
  }
}

TEST(BridgeState, ABridgeThatNobodyHasLookedAtIsNotReady) {
  json bridge = sample();
  bridge.erase("status");
  EXPECT_FALSE(BridgeState::of(bridge).ready);
  EXPECT_EQ(BridgeState::of(bridge).replicas, 3);
}

TEST(BridgeState, WhatHasNoSuchShapeIsTakenForNothing) {
  for (const char* text : {"null", "[]", "7", R"({"metadata": [], "spec": {"replicas": "x"}, "status": 1})",
                           R"({"metadata": {"name": 1}, "status": {"conditions": [1, {"type": 2}]}})"}) {
    const BridgeState state = BridgeState::of(json::parse(text));
    EXPECT_EQ(state.name, "") << text;
    EXPECT_FALSE(state.ready) << text;
    EXPECT_EQ(state.replicas, 0) << text;
  }
}

}  // namespace
}  // namespace mkb::operators
