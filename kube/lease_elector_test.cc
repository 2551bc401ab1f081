#include "kube/lease_elector.h"

#include <gtest/gtest.h>

#include <limits>

namespace mkb::kube {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kWall = 1'700'000'000'000;
constexpr const char* kWallText = "2023-11-14T22:13:20.000000Z";

LeaseOptions options_of(const std::string& identity) {
  return {"mkb-system", "mkb-operator", identity};
}

json lease_of(const std::string& holder, const std::string& version = "7",
              const std::string& renewed = "2020-01-01T00:00:00.000000Z") {
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata",
           {{"name", "mkb-operator"},
            {"namespace", "mkb-system"},
            {"resourceVersion", version},
            {"labels", {{"kept", "yes"}}}}},
          {"spec",
           {{"holderIdentity", holder},
            {"leaseDurationSeconds", 15},
            {"acquireTime", "2020-01-01T00:00:00.000000Z"},
            {"renewTime", renewed},
            {"leaseTransitions", 3}}}};
}

class LeaseElectorTest : public testing::Test {
 protected:
  /// Reads `lease` and has what comes of it written; false when nothing does.
  bool cycle(const std::optional<json>& lease) {
    const LeaseElector::Step step = elector_.on_read(lease, now_, kWall);
    if (!step.write.has_value()) {
      return false;
    }
    elector_.on_written(*step.write, now_);
    return true;
  }

  TimePoint now_{seconds(1000)};
  LeaseElector elector_{options_of("me")};
};

TEST_F(LeaseElectorTest, CreatesAMissingLease) {
  const LeaseElector::Step step = elector_.on_read(std::nullopt, now_, kWall);
  EXPECT_TRUE(step.create);
  EXPECT_EQ(step.write, (json{{"apiVersion", "coordination.k8s.io/v1"},
                              {"kind", "Lease"},
                              {"metadata", {{"name", "mkb-operator"}, {"namespace", "mkb-system"}}},
                              {"spec",
                               {{"holderIdentity", "me"},
                                {"leaseDurationSeconds", 15},
                                {"acquireTime", kWallText},
                                {"renewTime", kWallText},
                                {"leaseTransitions", 0}}}}));
  EXPECT_FALSE(elector_.leading(now_)) << "not before the server has said so";
  elector_.on_written(*step.write, now_);
  EXPECT_TRUE(elector_.leading(now_));
  EXPECT_EQ(elector_.holder(), "me");
}

TEST_F(LeaseElectorTest, LeavesAForeignLeaseAloneUntilItIsSilent) {
  EXPECT_FALSE(cycle(lease_of("other")));
  EXPECT_EQ(elector_.holder(), "other");
  now_ += seconds(15);
  EXPECT_FALSE(cycle(lease_of("other")));
  now_ += milliseconds(1);
  const LeaseElector::Step step = elector_.on_read(lease_of("other"), now_, kWall);
  ASSERT_TRUE(step.write.has_value());
  EXPECT_FALSE(step.create);
  EXPECT_EQ((*step.write)["metadata"], lease_of("other")["metadata"]) << "under the version that was read";
  EXPECT_EQ((*step.write)["spec"], (json{{"holderIdentity", "me"},
                                         {"leaseDurationSeconds", 15},
                                         {"acquireTime", kWallText},
                                         {"renewTime", kWallText},
                                         {"leaseTransitions", 4}}));
}

TEST_F(LeaseElectorTest, AnyChangeOfTheSpecShowsLifeWhateverTheTimestampsSay) {
  EXPECT_FALSE(cycle(lease_of("other", "7", "2090-01-01T00:00:00.000000Z")));
  now_ += seconds(14);
  EXPECT_FALSE(cycle(lease_of("other", "8", "1970-01-01T00:00:00.000000Z")));
  now_ += seconds(14);
  EXPECT_FALSE(cycle(lease_of("other", "8", "1970-01-01T00:00:00.000000Z")));
  now_ += seconds(2);
  EXPECT_TRUE(cycle(lease_of("other", "8", "1970-01-01T00:00:00.000000Z")));
}

TEST_F(LeaseElectorTest, AChangeOfMetadataAloneShowsNoLife) {
  EXPECT_FALSE(cycle(lease_of("other", "7")));
  now_ += seconds(16);
  EXPECT_TRUE(cycle(lease_of("other", "8")));
}

TEST_F(LeaseElectorTest, TheLeaseSaysHowLongItHolds) {
  json lease = lease_of("other");
  lease["spec"]["leaseDurationSeconds"] = 60;
  EXPECT_FALSE(cycle(lease));
  now_ += seconds(59);
  EXPECT_FALSE(cycle(lease));
  now_ += seconds(2);
  EXPECT_TRUE(cycle(lease));
}

TEST_F(LeaseElectorTest, WithoutASensibleDurationOursCounts) {
  for (const json& duration : {json(), json("long"), json(0), json(-4), json(1.5)}) {
    LeaseElector elector(options_of("me"));
    json lease = lease_of("other");
    lease["spec"]["leaseDurationSeconds"] = duration;
    EXPECT_FALSE(elector.on_read(lease, now_, kWall).write.has_value());
    EXPECT_FALSE(elector.on_read(lease, now_ + seconds(15), kWall).write.has_value()) << duration;
    EXPECT_TRUE(elector.on_read(lease, now_ + seconds(16), kWall).write.has_value()) << duration;
  }
}

TEST_F(LeaseElectorTest, AnAbsurdDurationDoesNotKeepUsOutForEver) {
  json lease = lease_of("other");
  lease["spec"]["leaseDurationSeconds"] = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(cycle(lease));
  now_ += seconds(3601);
  EXPECT_TRUE(cycle(lease));
}

TEST_F(LeaseElectorTest, TakesALeaseThatWasGivenUpAtOnce) {
  EXPECT_FALSE(cycle(lease_of("other")));
  EXPECT_TRUE(cycle(lease_of("")));
  EXPECT_TRUE(elector_.leading(now_));
}

TEST_F(LeaseElectorTest, RenewsItsOwnKeepingWhenItTookOver) {
  EXPECT_TRUE(cycle(std::nullopt));
  now_ += seconds(2);
  const LeaseElector::Step step = elector_.on_read(lease_of("me"), now_, kWall + 2000);
  ASSERT_TRUE(step.write.has_value());
  EXPECT_EQ((*step.write)["spec"]["acquireTime"], "2020-01-01T00:00:00.000000Z");
  EXPECT_EQ((*step.write)["spec"]["leaseTransitions"], 3);
  EXPECT_EQ((*step.write)["spec"]["renewTime"], "2023-11-14T22:13:22.000000Z");
}

TEST_F(LeaseElectorTest, LeadsUntilTheDeadlineAfterTheLastRenewal) {
  EXPECT_EQ(elector_.leading_until(), std::nullopt);
  EXPECT_TRUE(cycle(std::nullopt));
  EXPECT_EQ(elector_.leading_until(), now_ + seconds(10));
  EXPECT_TRUE(elector_.leading(now_ + seconds(10) - milliseconds(1)));
  EXPECT_FALSE(elector_.leading(now_ + seconds(10)));
  now_ += seconds(4);
  EXPECT_TRUE(cycle(lease_of("me")));
  EXPECT_TRUE(elector_.leading(now_ + seconds(9)));
}

TEST_F(LeaseElectorTest, ASlowAnswerDoesNotLengthenLeadership) {
  const LeaseElector::Step step = elector_.on_read(std::nullopt, now_, kWall);
  elector_.on_written(*step.write, now_ + seconds(8));
  EXPECT_TRUE(elector_.leading(now_ + seconds(9)));
  EXPECT_FALSE(elector_.leading(now_ + seconds(10)));
}

TEST_F(LeaseElectorTest, FailuresDoNotEndLeadershipBeforeTheDeadline) {
  EXPECT_TRUE(cycle(std::nullopt));
  elector_.on_read(lease_of("me"), now_ + seconds(2), kWall);
  elector_.on_failure(now_ + seconds(3));
  EXPECT_TRUE(elector_.leading(now_ + seconds(9)));
  EXPECT_FALSE(elector_.leading(now_ + seconds(10))) << "the failed write renews nothing";
}

TEST_F(LeaseElectorTest, AnotherHolderEndsLeadershipAtOnce) {
  EXPECT_TRUE(cycle(std::nullopt));
  EXPECT_FALSE(cycle(lease_of("other")));
  EXPECT_FALSE(elector_.leading(now_));
  EXPECT_EQ(elector_.release(kWall), std::nullopt);
}

TEST_F(LeaseElectorTest, AWriteThatFailedButCameToPassIsFoundOut) {
  const LeaseElector::Step step = elector_.on_read(std::nullopt, now_, kWall);
  elector_.on_failure(now_);
  EXPECT_FALSE(elector_.leading(now_));
  EXPECT_TRUE(cycle(*step.write)) << "our own lease needs no waiting";
  EXPECT_TRUE(elector_.leading(now_));
}

TEST_F(LeaseElectorTest, AHeldLeaseThatSomebodyDeletesIsWaitedFor) {
  EXPECT_FALSE(cycle(lease_of("other")));
  now_ += seconds(10);
  EXPECT_FALSE(cycle(std::nullopt)) << "its holder may lead still";
  now_ += seconds(6);
  EXPECT_TRUE(elector_.on_read(std::nullopt, now_, kWall).create);
}

TEST_F(LeaseElectorTest, OurOwnLeaseIsMadeAnewWhenSomebodyDeletesIt) {
  EXPECT_TRUE(cycle(std::nullopt));
  const LeaseElector::Step step = elector_.on_read(std::nullopt, now_, kWall);
  EXPECT_TRUE(step.create);
  EXPECT_FALSE((*step.write)["metadata"].contains("resourceVersion"));
}

TEST_F(LeaseElectorTest, ReleaseNamesNobodyAndIsTakenAtOnce) {
  EXPECT_EQ(elector_.release(kWall), std::nullopt);
  EXPECT_TRUE(cycle(lease_of("")));
  const std::optional<json> released = elector_.release(kWall + 5000);
  ASSERT_TRUE(released.has_value());
  EXPECT_EQ((*released)["spec"]["holderIdentity"], "");
  EXPECT_EQ((*released)["spec"]["leaseDurationSeconds"], 1);
  EXPECT_EQ((*released)["spec"]["leaseTransitions"], 4);
  EXPECT_EQ((*released)["metadata"]["resourceVersion"], "7");
  LeaseElector other(options_of("other"));
  EXPECT_TRUE(other.on_read(released, now_, kWall).write.has_value());
}

TEST_F(LeaseElectorTest, EachRenewalDiffersThoughTheWallClockStandsStill) {
  json last = *elector_.on_read(std::nullopt, now_, kWall).write;
  for (const std::int64_t wall : {kWall, kWall - 60'000, kWall}) {
    elector_.on_written(last, now_);
    const json next = *elector_.on_read(last, now_, wall).write;
    EXPECT_NE(next["spec"], last["spec"]);
    last = next;
  }
  elector_.on_written(last, now_);
  EXPECT_NE((*elector_.release(kWall))["spec"]["renewTime"], last["spec"]["renewTime"]);
}

TEST_F(LeaseElectorTest, ALeaseOfNonsenseIsFreeAndMended) {
  for (const json& spec : {json(), json("text"), json{{"holderIdentity", 4}, {"leaseTransitions", "x"}}}) {
    LeaseElector elector(options_of("me"));
    json lease = lease_of("x");
    lease["spec"] = spec;
    const LeaseElector::Step step = elector.on_read(lease, now_, kWall);
    ASSERT_TRUE(step.write.has_value());
    EXPECT_EQ((*step.write)["spec"]["holderIdentity"], "me");
    EXPECT_TRUE((*step.write)["spec"]["leaseTransitions"].is_number_integer());
  }
}

TEST_F(LeaseElectorTest, TransitionsStayInTheRangeOfTheApi) {
  json lease = lease_of("");
  lease["spec"]["leaseTransitions"] = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ((*elector_.on_read(lease, now_, kWall).write)["spec"]["leaseTransitions"],
            std::numeric_limits<std::int32_t>::max());
}

}  // namespace
}  // namespace mkb::kube
