#include <csignal>
#include <iostream>
#include <thread>

#include "e2e/operator_fixture.h"

// What becomes of the operator when it or the API server fails.
namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

class OperatorFaultsE2eTest : public OperatorFixture {
 protected:
  static long seconds_since(std::chrono::steady_clock::time_point begun) {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun).count();
  }
};

TEST_F(OperatorFaultsE2eTest, AnotherTakesOverFromAKilledLeaderWithin20Seconds) {
  auto first = leader("a");
  const auto second = started("b");
  apply(bridge());
  wait_ready();
  EXPECT_FALSE(second->leads());
  EXPECT_EQ(second->writes(), 0) << "it only watches";
  first->process().kill();
  const auto begun = std::chrono::steady_clock::now();
  wait_for([&] { return second->leads(); }, "the second to lead", 30s);
  std::cout << "killed leader replaced after " << seconds_since(begun) << " s\n";
  EXPECT_LE(seconds_since(begun), 20);
  patch_bridge({{"spec", {{"replicas", 3}}}});
  wait_ready();
}

TEST_F(OperatorFaultsE2eTest, AnotherTakesOverFromAStoppedLeaderWithin6Seconds) {
  auto first = leader("a");
  const auto second = started("b");
  apply(bridge());
  wait_ready();
  const auto begun = std::chrono::steady_clock::now();
  const auto status = first->terminate(30s);
  EXPECT_EQ(status.code, 0);
  wait_for([&] { return second->leads(); }, "the second to lead", 30s);
  std::cout << "stopped leader replaced after " << seconds_since(begun) << " s\n";
  EXPECT_LE(seconds_since(begun), 6);
  wait_ready();
}

TEST_F(OperatorFaultsE2eTest, AFrozenLeaderThatWakesWritesNothingAndEnds) {
  auto first = leader("a");
  const auto second = started("b");
  apply(bridge());
  wait_ready();
  first->process().signal(SIGSTOP);
  wait_for([&] { return second->leads(); }, "the second to lead", 30s);
  patch_bridge({{"spec", {{"replicas", 3}}}});
  wait_ready();
  first->process().signal(SIGCONT);
  const auto ended = first->process().wait(30s);
  ASSERT_TRUE(ended.has_value()) << "it must end: another leads";
  EXPECT_EQ(ended->code, 1);
  EXPECT_THAT(first->log_text(), HasSubstr("lost the leadership"));
  EXPECT_TRUE(second->leads());
  wait_ready();
}

TEST_F(OperatorFaultsE2eTest, NeverDoTwoWrite) {
  const auto first = leader("a");
  const auto second = started("b");
  for (int i = 0; i < 10; ++i) apply(bridge("fleet-" + std::to_string(i)));
  for (int i = 0; i < 10; ++i) wait_ready("fleet-" + std::to_string(i), 120s);
  EXPECT_GT(first->writes(), 100);
  EXPECT_EQ(second->writes(), 0);
}

TEST_F(OperatorFaultsE2eTest, GoesOnWhenTheApiServerIsKilledUnderLoad) {
  auto program = leader("a");
  for (int i = 0; i < 10; ++i) apply(bridge("fleet-" + std::to_string(i)));
  kube().api().kill();
  kube().api().start();
  for (int i = 10; i < 15; ++i) apply(bridge("fleet-" + std::to_string(i)));
  for (int i = 0; i < 15; ++i) wait_ready("fleet-" + std::to_string(i), 180s);
  EXPECT_TRUE(program->running()) << program->log_text();
  EXPECT_EQ(owners("fleet-3").size(), 4U);
}

TEST_F(OperatorFaultsE2eTest, KeepsTheShardsWhereTheyAreWhileTheApiServerIsAway) {
  auto program = leader("a");
  apply(bridge());
  wait_ready();
  const auto before = owners();
  kube().api().freeze();
  std::this_thread::sleep_for(13s);  // longer than a pod's Lease lasts; pods cannot renew meanwhile
  kube().api().thaw();
  wait_for([&] { return get(kube::kBridges, "fleet").is_object(); }, "the API server to answer");
  // The operator may have lost its own Lease; whoever leads must not take the pods for dead.
  if (!program->running()) program = leader("b");
  wait_ready();
  EXPECT_EQ(owners(), before);
}

TEST_F(OperatorFaultsE2eTest, AMissingRightOnOneKindStopsOnlyThatKind) {
  const std::string role = kube().kubectl({"get", "clusterrole", "mkb-operator", "-o", "json"});
  json less = json::parse(role);
  for (json& rule : less["rules"]) {
    const auto found = std::find(rule["resources"].begin(), rule["resources"].end(), "networkpolicies");
    if (found != rule["resources"].end()) rule["resources"].erase(found);
  }
  less["rules"].erase(std::remove_if(less["rules"].begin(), less["rules"].end(),
                                     [](const json& rule) { return rule["resources"].empty(); }),
                      less["rules"].end());
  less["metadata"].erase("resourceVersion");
  kube().kubectl({"replace", "-f", "-"}, less.dump());
  const auto program = leader("a");
  apply(bridge());
  wait_for([&] { return condition("Ready") == "True"; }, "Ready");
  wait_for([&] { return condition("Reconciling", "reason") == "RequestsFailed"; }, "RequestsFailed");
  EXPECT_THAT(condition("Reconciling", "message"), HasSubstr("networkpolicies"));
  json whole = json::parse(role);
  whole["metadata"].erase("resourceVersion");
  kube().kubectl({"replace", "-f", "-"}, whole.dump());
  wait_ready("fleet", 90s);
  EXPECT_TRUE(get(kube::kNetworkPolicies, "mkb-fleet").is_object());
}

}  // namespace
}  // namespace mkb::e2e
