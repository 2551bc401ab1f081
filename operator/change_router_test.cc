#include "operator/change_router.h"

#include <gtest/gtest.h>

#include "api/assignment.h"

namespace mkb::operators {
namespace {

using nlohmann::json;

class HandClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] std::int64_t unix_millis() const override { return 0; }
  TimePoint now_{std::chrono::seconds(100)};
};

json owned(const char* name) {
  return {{"metadata",
           {{"namespace", "prod"},
            {"name", name},
            {"ownerReferences", {{{"kind", "MqttKafkaBridge"}, {"name", "fleet"}, {"uid", "u"}}}}}}};
}

TEST(BridgeKeyOf, IsTheBridgeItselfItsChildrenAndTheirPods) {
  EXPECT_EQ(bridge_key_of(kube::kBridges, {{"metadata", {{"namespace", "prod"}, {"name", "fleet"}}}}),
            "prod/fleet");
  EXPECT_EQ(bridge_key_of(kube::kServices, owned("mkb-fleet")), "prod/fleet");
  EXPECT_EQ(bridge_key_of(kube::kPods, {{"metadata",
                                         {{"namespace", "prod"},
                                          {"name", "mkb-fleet-0"},
                                          {"labels", {{"app.kubernetes.io/instance", "fleet"}}}}}}),
            "prod/fleet");
}

TEST(BridgeKeyOf, IsNothingForWhatNobodyOwns) {
  EXPECT_EQ(bridge_key_of(kube::kServices, {{"metadata", {{"namespace", "prod"}, {"name", "x"}}}}), "");
  EXPECT_EQ(bridge_key_of(kube::kPods, {{"metadata", {{"name", "x"}}}}), "");
  EXPECT_EQ(bridge_key_of(kube::kServices, json::object()), "");
}

class ChangeRouterTest : public testing::Test {
 protected:
  /// Whether the change put the bridge into the queue.
  bool queued(const kube::ResourceKind& kind, const json& object, bool removed = false) {
    router_.on_change(kind, object, removed);
    const auto key = queue_.try_take();
    if (key) queue_.done(*key);
    return key.has_value();
  }

  json lease(const char* renewed, const api::PodReport& report) {
    json object = owned("mkb-fleet-0");
    object["spec"] = {{"holderIdentity", "p"}, {"renewTime", renewed}};
    object["metadata"]["annotations"][std::string(api::kReportAnnotation)] = api::to_json(report);
    return object;
  }

  HandClock clock_;
  kube::WorkQueue queue_{clock_};
  reconcile::LeaseBook leases_;
  ChangeRouter router_{queue_, leases_, clock_};
};

TEST_F(ChangeRouterTest, QueuesTheBridgeOfAnyChildThatChangedOrWent) {
  EXPECT_TRUE(queued(kube::kConfigMaps, owned("mkb-fleet-0")));
  EXPECT_TRUE(queued(kube::kConfigMaps, owned("mkb-fleet-0"), true));
}

TEST_F(ChangeRouterTest, LetsRenewalsPassThatSayNothingNew) {
  api::PodReport report;
  report.epoch = 3;
  report.held = {1};
  EXPECT_TRUE(queued(kube::kLeases, lease("t1", report)));
  clock_.now_ += std::chrono::seconds(3);
  EXPECT_FALSE(queued(kube::kLeases, lease("t2", report)));
  EXPECT_EQ(leases_.renewed_at("prod/mkb-fleet-0"), clock_.now_) << "but it has been heard";
}

TEST_F(ChangeRouterTest, LetsTotalsPass) {
  api::PodReport report;
  api::RouteTotals totals;
  totals.name = "telemetry";
  report.routes = {totals};
  EXPECT_TRUE(queued(kube::kLeases, lease("t1", report)));
  report.routes[0].received = 5;
  EXPECT_FALSE(queued(kube::kLeases, lease("t2", report)));
}

TEST_F(ChangeRouterTest, QueuesAReportThatShardsWereLetGo) {
  api::PodReport report;
  report.held = {1, 2};
  queued(kube::kLeases, lease("t1", report));
  report.held = {1};
  EXPECT_TRUE(queued(kube::kLeases, lease("t2", report)));
}

TEST_F(ChangeRouterTest, QueuesALeaseThatSpeaksAfterALongSilence) {
  const api::PodReport report;
  queued(kube::kLeases, lease("t1", report));
  clock_.now_ += std::chrono::seconds(12);
  EXPECT_TRUE(queued(kube::kLeases, lease("t2", report)));
}

TEST_F(ChangeRouterTest, QueuesALeaseThatIsGone) {
  queued(kube::kLeases, lease("t1", {}));
  EXPECT_TRUE(queued(kube::kLeases, lease("t1", {}), true));
  EXPECT_FALSE(leases_.renewed_at("prod/mkb-fleet-0"));
}

TEST_F(ChangeRouterTest, CollapsesAThousandEventsIntoOneKey) {
  for (int i = 0; i < 1000; ++i) router_.on_change(kube::kServices, owned("mkb-fleet"), false);
  EXPECT_TRUE(queue_.try_take());
  EXPECT_FALSE(queue_.try_take());
}

}  // namespace
}  // namespace mkb::operators
