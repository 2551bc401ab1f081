#include <gmock/gmock.h>

#include "operator/reconcile/round_fixture.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class RoundPodsTest : public RoundFixture {
 protected:
  int workload_replicas() { return server_.get(kube::kStatefulSets, "mkb-fleet")->at("spec")["replicas"]; }
  void scale(int replicas) {
    edit([replicas](json& bridge) { bridge["spec"]["replicas"] = replicas; });
  }
  std::string uid(const char* pod) { return server_.get(kube::kPods, pod).value().at("metadata").at("uid"); }
  /// So many rounds, a second apart, in which this pod does nothing.
  void run_without(int silent, int rounds) {
    for (int i = 0; i < rounds; ++i) {
      ASSERT_TRUE(reconcile().ok());
      run_workload();
      run_pods({silent});
      now_ += std::chrono::seconds(1);
    }
  }
};

TEST_F(RoundPodsTest, ScalingUpMovesShardsToTheNewPods) {
  scale(1);
  ASSERT_TRUE(settle());
  EXPECT_EQ(owned_by(0).size(), 4U);
  scale(4);
  ASSERT_TRUE(settle());
  for (int ordinal = 0; ordinal < 4; ++ordinal) EXPECT_EQ(owned_by(ordinal).size(), 1U) << ordinal;
  EXPECT_EQ(condition("Ready"), "True");
  EXPECT_EQ(status()["shards"]["moving"], 0);
}

TEST_F(RoundPodsTest, PodsThatAreAddedTogetherGetTheirShardsTogether) {
  scale(1);
  ASSERT_TRUE(settle());
  scale(3);
  run_without(2, 4);
  EXPECT_EQ(owned_by(0).size(), 4U) << "pod 1 waits for pod 2";
  const RoundOutcome waiting = reconcile();
  ASSERT_TRUE(waiting.again);
  EXPECT_LE(*waiting.again, planner::kJoinPatience);
  run_pods();
  ASSERT_TRUE(reconcile().ok());
  run_pods();
  ASSERT_TRUE(reconcile().ok());
  EXPECT_THAT(owned_by(1), Not(IsEmpty()));
  EXPECT_THAT(owned_by(2), Not(IsEmpty()));
}

TEST_F(RoundPodsTest, APodThatDoesNotComeIsNotWaitedForLong) {
  scale(1);
  ASSERT_TRUE(settle());
  scale(3);
  run_without(2, 10);
  EXPECT_EQ(owned_by(1).size(), 2U);
  EXPECT_THAT(owned_by(2), IsEmpty());
}

TEST_F(RoundPodsTest, WhileShardsMoveTheStatusWaitsHalfASecond) {
  ASSERT_TRUE(settle());
  scale(2);
  ASSERT_TRUE(reconcile().ok());
  EXPECT_EQ(status()["shards"]["moving"], 0) << "written before the move, not in its middle";
  now_ += std::chrono::milliseconds(499);
  ASSERT_TRUE(reconcile().ok());
  EXPECT_EQ(status()["shards"]["moving"], 0);
  now_ += std::chrono::milliseconds(1);
  ASSERT_TRUE(reconcile().ok());
  EXPECT_GT(status()["shards"]["moving"], 0) << "a pod that does not let go is seen";
  run_pods();
  ASSERT_TRUE(reconcile().ok());
  EXPECT_EQ(status()["shards"]["moving"], 0) << "the end is told at once";
}

TEST_F(RoundPodsTest, AssignmentsOfAMoveAreWrittenBeforeAllElse) {
  ASSERT_TRUE(settle());
  scale(2);
  server_.remove(kube::kServices, "mkb-fleet");
  server_.take_writes();
  const RoundOutcome outcome = reconcile();
  ASSERT_TRUE(outcome.again);
  EXPECT_LE(*outcome.again, std::chrono::milliseconds(500));
  const auto writes = server_.take_writes();
  EXPECT_THAT(writes, Contains("PATCH configmaps/mkb-fleet-2")) << "told to release";
  EXPECT_THAT(writes, Each(testing::StartsWith("PATCH configmaps/mkb-fleet-")));
  EXPECT_FALSE(server_.get(kube::kServices, "mkb-fleet"));
  now_ += std::chrono::milliseconds(499);
  ASSERT_TRUE(reconcile().ok());
  EXPECT_FALSE(server_.get(kube::kServices, "mkb-fleet"));
  now_ += std::chrono::milliseconds(1);
  ASSERT_TRUE(reconcile().ok());
  EXPECT_TRUE(server_.get(kube::kServices, "mkb-fleet")) << "although the shards are still on the move";
}

TEST_F(RoundPodsTest, OneAssignmentThatIsRefusedKeepsNoOtherFromBeingWritten) {
  scale(1);
  ASSERT_TRUE(settle());
  scale(3);
  run_without(3, 1);
  server_.failing = {"mkb-fleet-1"};
  server_.take_writes();
  EXPECT_FALSE(reconcile().ok());
  EXPECT_THAT(server_.take_writes(), Contains("PATCH configmaps/mkb-fleet-2"));
  server_.failing.clear();
  ASSERT_TRUE(settle());
  EXPECT_THAT(owned_by(1), Not(IsEmpty()));
  EXPECT_THAT(owned_by(2), Not(IsEmpty()));
}

TEST_F(RoundPodsTest, ScalingDownVacatesAPodBeforeItGoes) {
  ASSERT_TRUE(settle());
  ASSERT_THAT(owned_by(2), Not(IsEmpty()));
  scale(1);
  ASSERT_TRUE(reconcile().ok());
  EXPECT_EQ(workload_replicas(), 3) << "nobody may delete a pod that still has shards";
  for (int i = 0; i < 30 && workload_replicas() > 1; ++i) {
    const int before = workload_replicas();
    run_pods();
    now_ += std::chrono::seconds(1);
    ASSERT_TRUE(reconcile().ok());
    for (int ordinal = workload_replicas(); ordinal < before; ++ordinal) {
      EXPECT_THAT(report_of(*server_.get(kube::kLeases, identity_.pod(ordinal)))->held, IsEmpty()) << ordinal;
    }
  }
  ASSERT_TRUE(settle());
  EXPECT_EQ(workload_replicas(), 1);
  EXPECT_EQ(owned_by(0).size(), 4U);
  EXPECT_FALSE(server_.get(kube::kConfigMaps, "mkb-fleet-2")) << "what belonged to the pod goes with it";
  EXPECT_FALSE(server_.get(kube::kLeases, "mkb-fleet-2"));
}

TEST_F(RoundPodsTest, ScalingToZeroKeepsTheSessions) {
  ASSERT_TRUE(settle());
  scale(0);
  ASSERT_TRUE(settle());
  EXPECT_EQ(workload_replicas(), 0);
  EXPECT_EQ(condition("Ready"), "False");
  scale(2);
  ASSERT_TRUE(settle());
  EXPECT_EQ(owned_by(0).size() + owned_by(1).size(), 4U);
  EXPECT_EQ(condition("Ready"), "True") << condition("Ready", "message");
}

TEST_F(RoundPodsTest, AChangedSettingRollsOnePodAtATimeVacatedFirst) {
  ASSERT_TRUE(settle());
  std::map<std::string, std::string> uids;
  for (const json& pod : server_.list(kube::kPods)) uids[pod["metadata"]["name"]] = pod["metadata"]["uid"];
  edit([](json& bridge) { bridge["spec"]["mqtt"]["keepAlive"] = "10s"; });
  int restarts = 0;
  for (int i = 0; i < 100 && restarts < 3; ++i) {
    ASSERT_TRUE(reconcile().ok());
    int missing = 0;
    for (auto& [name, uid] : uids) {
      const auto pod = server_.get(kube::kPods, name);
      if (pod) continue;
      ++missing;
      ++restarts;
      const auto report = report_of(*server_.get(kube::kLeases, name));
      EXPECT_THAT(report->held, IsEmpty()) << name << " went with shards";
    }
    EXPECT_LE(missing, 1);
    run_workload();
    run_pods();
    check_owners();
    now_ += std::chrono::seconds(1);
  }
  EXPECT_EQ(restarts, 3);
  ASSERT_TRUE(settle());
  for (const auto& [name, uid] : uids) EXPECT_NE(server_.get(kube::kPods, name)->at("metadata")["uid"], uid);
  EXPECT_EQ(condition("Ready"), "True");
  EXPECT_EQ(condition("Reconciling"), "False") << condition("Reconciling", "message");
}

TEST_F(RoundPodsTest, NoPodGoesBeforeANewOneHasItsShards) {
  scale(2);
  ASSERT_TRUE(settle());
  for (std::set<int>* trouble : {&refuse_routes_, &unconnected_}) {
    const std::string first = uid("mkb-fleet-0");
    const std::string second = uid("mkb-fleet-1");
    edit([trouble, this](json& bridge) {
      bridge["spec"]["mqtt"]["keepAlive"] = trouble == &refuse_routes_ ? "10s" : "20s";
    });
    for (int i = 0; i < 30; ++i) {
      ASSERT_TRUE(reconcile().ok());
      run_workload();
      // Ready, and its Lease fresh, but without routes in use, or with a broker that refuses it.
      if (uid("mkb-fleet-1") != second) *trouble = {1};
      run_pods();
      now_ += std::chrono::seconds(1);
      ASSERT_EQ(uid("mkb-fleet-0"), first);
    }
    EXPECT_NE(uid("mkb-fleet-1"), second);
    trouble->clear();
    ASSERT_TRUE(settle());
    EXPECT_NE(uid("mkb-fleet-0"), first);
    EXPECT_EQ(owned_by(1).size(), 2U);
  }
}

TEST_F(RoundPodsTest, ARotatedSecretRollsThePodsWithinAMinute) {
  ASSERT_TRUE(settle());
  const std::string before = uid("mkb-fleet-0");
  server_.put(kube::kSecrets, {{"metadata", {{"name", "broker-login"}}}, {"data", {{"password", "bmV3"}}}});
  const TimePoint rotated = now_;
  const json template_before = server_.get(kube::kStatefulSets, "mkb-fleet")->at("spec")["template"];
  while (server_.get(kube::kStatefulSets, "mkb-fleet")->at("spec")["template"] == template_before) {
    ASSERT_LT(now_ - rotated, std::chrono::seconds(60));
    run_pods();
    now_ += std::chrono::seconds(1);
    ASSERT_TRUE(reconcile().ok());
  }
  ASSERT_TRUE(settle());
  EXPECT_NE(uid("mkb-fleet-0"), before);
}

TEST_F(RoundPodsTest, ASinglePodIsMadeAnewWithoutBeingVacated) {
  scale(1);
  ASSERT_TRUE(settle());
  const std::string before = uid("mkb-fleet-0");
  edit([](json& bridge) { bridge["spec"]["mqtt"]["keepAlive"] = "10s"; });
  ASSERT_TRUE(settle());
  EXPECT_NE(uid("mkb-fleet-0"), before);
  EXPECT_EQ(owned_by(0).size(), 4U);
}

TEST_F(RoundPodsTest, ASilentPodLosesItsShardsToTheOthers) {
  ASSERT_TRUE(settle());
  ASSERT_THAT(owned_by(1), Not(IsEmpty()));
  const TimePoint silent = now_;
  while (!owned_by(1).empty()) {
    ASSERT_LT(now_ - silent, std::chrono::seconds(13)) << "longer than anybody may be without an owner";
    run_pods({1});
    now_ += std::chrono::milliseconds(500);
    ASSERT_TRUE(reconcile().ok());
    check_owners();
  }
  EXPECT_GE(now_ - silent, std::chrono::seconds(9)) << "too soon to call it dead";
  EXPECT_EQ(owned_by(0).size() + owned_by(2).size(), 4U);
}

TEST_F(RoundPodsTest, APodThatSpeaksAgainGetsShardsAgain) {
  ASSERT_TRUE(settle());
  for (int i = 0; i < 30; ++i) {
    run_pods({1});
    now_ += std::chrono::seconds(1);
    ASSERT_TRUE(reconcile().ok());
  }
  EXPECT_THAT(owned_by(1), IsEmpty());
  ASSERT_TRUE(settle());
  EXPECT_THAT(owned_by(1), Not(IsEmpty()));
  EXPECT_EQ(condition("Ready"), "True") << condition("Ready", "message");
}

TEST_F(RoundPodsTest, DeletingTheBridgeEndsEverySessionFirst) {
  ASSERT_TRUE(settle());
  delete_bridge();
  ASSERT_TRUE(server_.get(kube::kBridges, "fleet")) << "the finalizer keeps it";
  ASSERT_TRUE(reconcile().ok());
  ASSERT_TRUE(server_.get(kube::kBridges, "fleet"));
  EXPECT_EQ(condition("Ready", "reason"), "Ending");
  int rounds = 0;
  while (server_.get(kube::kBridges, "fleet") && ++rounds < 20) {
    run_pods();
    ASSERT_TRUE(reconcile().ok());
  }
  EXPECT_FALSE(server_.get(kube::kBridges, "fleet"));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(RoundPodsTest, DeletingABridgeThatNeverRanIsQuick) {
  scale(0);
  ASSERT_TRUE(settle());
  delete_bridge();
  ASSERT_TRUE(reconcile().ok());
  EXPECT_FALSE(server_.get(kube::kBridges, "fleet"));
}

TEST_F(RoundPodsTest, SessionsThatCannotBeEndedInTimeAreNamedInAnEvent) {
  ASSERT_TRUE(settle());
  obey_end_ = false;
  delete_bridge();
  const TimePoint asked = now_;
  while (server_.get(kube::kBridges, "fleet") && now_ - asked < std::chrono::seconds(90)) {
    run_pods();
    now_ += std::chrono::seconds(1);
    ASSERT_TRUE(reconcile().ok());
  }
  EXPECT_FALSE(server_.get(kube::kBridges, "fleet"));
  EXPECT_GE(now_ - asked, std::chrono::seconds(59));
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_THAT(notes_[0], HasSubstr("Warning SessionsLeft"));
  EXPECT_THAT(notes_[0], HasSubstr("mkb-u-1-"));
}

TEST_F(RoundPodsTest, AnImageThatCannotBePulledStopsTheRolloutAndIsNamed) {
  ASSERT_TRUE(settle());
  edit([](json& bridge) { bridge["spec"]["pod"]["image"] = "no/such:1"; });
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(reconcile().ok());
    run_workload();
    std::set<int> broken;
    for (const json& pod : server_.list(kube::kPods)) {
      const auto set = server_.get(kube::kStatefulSets, "mkb-fleet");
      if (pod["metadata"]["labels"]["controller-revision-hash"] != (*set)["status"]["updateRevision"])
        continue;
      if ((*set)["spec"]["template"]["spec"]["containers"][0]["image"] != "no/such:1") continue;
      broken.insert(identity_.ordinal(std::string(pod["metadata"]["name"])));
      server_.put_status(
          kube::kPods, pod["metadata"]["name"],
          json::parse(R"({"containerStatuses":[{"state":{"waiting":{"reason":"ErrImagePull"}}}]})"));
    }
    EXPECT_LE(broken.size(), 1U) << "the others stay as they are";
    run_pods(broken);
    now_ += std::chrono::seconds(1);
  }
  EXPECT_THAT(condition("Ready", "message"), HasSubstr("ErrImagePull"));
  EXPECT_EQ(owned_by(0).size() + owned_by(1).size(), 4U) << "the rest of the pods carry everything";
}

TEST_F(RoundPodsTest, APodWithoutRoutesInUseIsGivenNoShards) {
  scale(1);
  ASSERT_TRUE(settle());
  refuse_routes_ = {1};
  scale(2);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(reconcile().ok());
    run_workload();
    run_pods();
    now_ += std::chrono::seconds(1);
  }
  EXPECT_EQ(owned_by(0).size(), 4U);
  EXPECT_THAT(owned_by(1), IsEmpty());
  refuse_routes_.clear();
  ASSERT_TRUE(settle());
  EXPECT_EQ(owned_by(1).size(), 2U);
}

TEST_F(RoundPodsTest, AStatefulSetThatIsNotSeenIsNotScaledDownOverPodsWithShards) {
  ASSERT_TRUE(settle());
  scale(1);
  json set = *server_.get(kube::kStatefulSets, "mkb-fleet");
  set["metadata"]["labels"].erase("app.kubernetes.io/managed-by");
  server_.put(kube::kStatefulSets, set);
  ASSERT_TRUE(reconcile().ok());
  EXPECT_EQ(workload_replicas(), 3);
  ASSERT_TRUE(settle());
  EXPECT_EQ(workload_replicas(), 1);
}

}  // namespace
}  // namespace mkb::reconcile
