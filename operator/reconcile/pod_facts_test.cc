#include "operator/reconcile/pod_facts.h"

#include <gtest/gtest.h>

namespace mkb::reconcile {
namespace {

using nlohmann::json;

const BridgeIdentity kOwner{"fleet", "prod", "u-1"};

json pod(const char* status) {
  return {{"metadata",
           {{"name", "mkb-fleet-2"}, {"uid", "p-2"}, {"labels", {{"controller-revision-hash", "r1"}}}}},
          {"status", json::parse(status)}};
}

TEST(ReadPod, SeesReadiness) {
  const auto facts = read_pod(kOwner, pod(R"({"conditions":[{"type":"Ready","status":"True"}]})"), "r1");
  EXPECT_EQ(facts.ordinal, 2);
  EXPECT_EQ(facts.uid, "p-2");
  EXPECT_TRUE(facts.ready);
  EXPECT_FALSE(facts.outdated);
  EXPECT_FALSE(facts.terminating);
  EXPECT_EQ(facts.problem, "");
}

TEST(ReadPod, TakesATerminatingPodForNotReady) {
  json object = pod(R"({"conditions":[{"type":"Ready","status":"True"}]})");
  object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  const auto facts = read_pod(kOwner, object, "r1");
  EXPECT_TRUE(facts.terminating);
  EXPECT_FALSE(facts.ready);
}

TEST(ReadPod, SeesAnotherRevision) {
  EXPECT_TRUE(read_pod(kOwner, pod("{}"), "r2").outdated);
  EXPECT_FALSE(read_pod(kOwner, pod("{}"), "").outdated) << "the newest revision is not known";
}

TEST(ReadPod, SaysWhyAContainerDoesNotRun) {
  EXPECT_EQ(
      read_pod(
          kOwner,
          pod(R"({"containerStatuses":[{"state":{"waiting":{"reason":"ImagePullBackOff","message":"no such image"}}}]})"),
          "r1")
          .problem,
      "ImagePullBackOff: no such image");
  EXPECT_EQ(
      read_pod(kOwner, pod(R"({"containerStatuses":[{"state":{"waiting":{"reason":"ContainerCreating"}}}]})"),
               "r1")
          .problem,
      "");
  EXPECT_EQ(
      read_pod(
          kOwner,
          pod(R"({"conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes"}]})"),
          "r1")
          .problem,
      "Unschedulable: 0/3 nodes");
}

PodFacts fact(int ordinal, bool outdated, bool healthy = true) {
  PodFacts facts;
  facts.ordinal = ordinal;
  facts.uid = "p";
  facts.ready = healthy;
  facts.alive = healthy;
  facts.outdated = outdated;
  facts.report.emplace().generation = 1;
  return facts;
}

TEST(PodFacts, HoldsItsShardsWhenItIsConnectedForAllThatItOwns) {
  PodFacts facts;
  EXPECT_TRUE(facts.holds_its_shards()) << "it is told nothing";
  facts.assignment = api::Assignment{7, {{1, api::ShardDuty::kOwn}, {2, api::ShardDuty::kPrepare}}};
  EXPECT_FALSE(facts.holds_its_shards()) << "it reports nothing";
  facts.report.emplace();
  EXPECT_FALSE(facts.holds_its_shards());
  facts.report->held = {1, 3};
  EXPECT_TRUE(facts.holds_its_shards());
}

TEST(NextRestart, IsNoneWhenAllAreOfTheNewestRevision) {
  EXPECT_EQ(next_restart({fact(0, false), fact(1, false)}, 2), std::nullopt);
}

TEST(NextRestart, GoesFromTheHighestOrdinalDown) {
  EXPECT_EQ(next_restart({fact(0, true), fact(1, true), fact(2, true)}, 3), 2);
  EXPECT_EQ(next_restart({fact(0, true), fact(1, true), fact(2, false)}, 3), 1);
}

TEST(NextRestart, BeginsWithAPodThatIsBrokenAnyway) {
  EXPECT_EQ(next_restart({fact(0, true), fact(1, true, false), fact(2, true)}, 3), 1);
}

TEST(NextRestart, WaitsWhileAnotherIsAway) {
  PodFacts missing;
  missing.ordinal = 2;
  EXPECT_EQ(next_restart({fact(0, true), fact(1, true), missing}, 3), std::nullopt);
  PodFacts leaving = fact(2, true);
  leaving.terminating = true;
  EXPECT_EQ(next_restart({fact(0, true), fact(1, true), leaving}, 3), std::nullopt);
}

TEST(NextRestart, StopsAtANewPodThatDoesNotComeUp) {
  EXPECT_EQ(next_restart({fact(0, true), fact(1, true), fact(2, false, false)}, 3), std::nullopt);
}

TEST(NextRestart, StopsAtANewPodThatHasHadNoRoutesInUse) {
  PodFacts fresh = fact(1, false);
  fresh.report->generation = 0;
  EXPECT_EQ(next_restart({fact(0, true), fresh}, 2), std::nullopt);
  fresh.report.reset();
  EXPECT_EQ(next_restart({fact(0, true), fresh}, 2), std::nullopt);
  fresh.outdated = true;
  fresh.ordinal = 0;
  EXPECT_EQ(next_restart({fresh, fact(1, true)}, 2), 0) << "it is broken anyway";
}

TEST(NextRestart, LeavesPodsAloneThatGoAnyway) {
  EXPECT_EQ(next_restart({fact(0, false), fact(1, true)}, 1), std::nullopt);
}

}  // namespace
}  // namespace mkb::reconcile
