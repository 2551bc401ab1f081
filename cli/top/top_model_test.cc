#include "cli/top/top_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/pod/pod_lease.h"
#include "operator/reconcile/conditions.h"

namespace mkb::cli {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kStart = 1'795'514'400'000;

class TopModelTest : public testing::Test {
 protected:
  static json bridge(std::uint64_t received = 0, std::int64_t written_ms = kStart) {
    return {{"metadata",
             {{"name", "fleet"},
              {"namespace", "prod"},
              {"managedFields",
               {{{"subresource", "status"}, {"time", reconcile::kubernetes_time(written_ms)}}}}}},
            {"spec", {{"replicas", 2}}},
            {"status",
             {{"routes",
               {{{"name", "t"},
                 {"direction", "MqttToKafka"},
                 {"received", received},
                 {"delivered", received}}}}}}};
  }

  json lease(int ordinal, std::uint64_t received, const std::string& uid = "u") {
    api::PodReport report;
    report.epoch = 5;
    report.held = {1, 2};
    report.routes = {{"t", received, received / 2, 0, 0, 3, 7, 0, ""}};
    return dataplane::pod_lease(
        {"mkb-fleet-" + std::to_string(ordinal), "prod", uid + std::to_string(ordinal)}, "fleet", "b", report,
        unix_ms_);
  }

  std::vector<BridgeLines> update(std::optional<std::vector<json>> leases, json object = bridge()) {
    return model_.update({{std::move(object)}, std::move(leases)}, now_, unix_ms_);
  }

  void pass(std::chrono::milliseconds time) {
    now_ += time;
    unix_ms_ += time.count();
  }

  TopModel model_;
  TimePoint now_{std::chrono::hours(1)};
  std::int64_t unix_ms_ = kStart;
};

TEST_F(TopModelTest, AddsThePodsUp) {
  auto lines = update(std::vector{lease(1, 1000), lease(0, 100)});
  EXPECT_TRUE(model_.incomplete());
  ASSERT_THAT(lines, SizeIs(1));
  ASSERT_THAT(lines[0].routes, SizeIs(1));
  EXPECT_EQ(lines[0].routes[0].totals.received, 1100U);
  EXPECT_EQ(lines[0].routes[0].totals.in_flight, 14U);
  EXPECT_EQ(lines[0].routes[0].totals.dropped, 6U);
  EXPECT_FALSE(lines[0].routes[0].rates);
  pass(std::chrono::seconds(2));
  lines = update(std::vector{lease(1, 1400), lease(0, 200)});
  EXPECT_FALSE(model_.incomplete());
  EXPECT_DOUBLE_EQ(lines[0].routes[0].rates->received, 250);
  EXPECT_DOUBLE_EQ(lines[0].routes[0].rates->delivered, 125);
  ASSERT_THAT(lines[0].pods, SizeIs(2));
  EXPECT_EQ(lines[0].pods[0].name, "mkb-fleet-0");
  EXPECT_EQ(lines[0].pods[0].shards, 2U);
  EXPECT_EQ(lines[0].pods[0].epoch, 5U);
  EXPECT_EQ(lines[0].pods[0].age_ms, 0);
  EXPECT_DOUBLE_EQ(lines[0].pods[0].rates->received, 50);
  EXPECT_DOUBLE_EQ(lines[0].pods[1].rates->received, 200);
}

TEST_F(TopModelTest, PodsAreInTheOrderOfTheirNumbers) {
  const auto lines = update(std::vector{lease(10, 1), lease(2, 1)});
  EXPECT_EQ(lines[0].pods[0].name, "mkb-fleet-2");
  EXPECT_EQ(lines[0].pods[1].name, "mkb-fleet-10");
}

TEST_F(TopModelTest, ASilentPodCountsNoMore) {
  const json dead = lease(1, 1000);
  update(std::vector{lease(0, 100), dead});
  pass(std::chrono::seconds(9));
  EXPECT_FALSE(update(std::vector{lease(0, 200), dead})[0].pods[1].silent);
  EXPECT_TRUE(model_.incomplete());
  pass(std::chrono::seconds(1));
  const auto lines = update(std::vector{lease(0, 300), dead});
  EXPECT_TRUE(lines[0].pods[1].silent);
  EXPECT_EQ(lines[0].pods[1].age_ms, 10'000);
  EXPECT_FALSE(lines[0].pods[1].rates);
  EXPECT_EQ(lines[0].routes[0].totals.received, 300U);
  EXPECT_FALSE(model_.incomplete()) << "nothing more is to come of it";
}

TEST_F(TopModelTest, AReportOfLongAgoIsSilentAtOnce) {
  const json old = lease(0, 100);
  pass(std::chrono::seconds(61));
  EXPECT_TRUE(update(std::vector{old})[0].pods[0].silent);
}

TEST_F(TopModelTest, ClocksThatDifferDoNotMatter) {
  unix_ms_ -= 20'000;
  const json first = lease(0, 100);
  pass(std::chrono::seconds(2));
  const json second = lease(0, 300);
  unix_ms_ += 20'000;
  update(std::vector{first});
  const auto lines = update(std::vector{second});
  EXPECT_FALSE(lines[0].pods[0].silent);
  EXPECT_DOUBLE_EQ(lines[0].pods[0].rates->received, 100);
}

TEST_F(TopModelTest, ARestartedPodHasNoRatesAtFirst) {
  update(std::vector{lease(0, 1000)});
  pass(std::chrono::seconds(2));
  update(std::vector{lease(0, 2000)});
  pass(std::chrono::seconds(2));
  EXPECT_FALSE(update(std::vector{lease(0, 5, "other")})[0].routes[0].rates);
}

TEST_F(TopModelTest, LeasesOfOtherBridgesAreNotMixedIn) {
  json other = lease(0, 1000);
  other["metadata"]["namespace"] = "test";
  json strange = lease(0, 1000);
  strange["metadata"]["labels"]["app.kubernetes.io/instance"] = "else";
  strange["metadata"]["name"] = "mkb-else-0";
  const auto lines = update(std::vector{other, strange});
  EXPECT_THAT(lines[0].pods, IsEmpty());
  EXPECT_EQ(lines[0].routes[0].totals.received, 0U);
}

TEST_F(TopModelTest, WithoutLeasesTheStatusTells) {
  auto lines = update(std::nullopt, bridge(100));
  EXPECT_EQ(lines[0].routes[0].totals.received, 100U);
  EXPECT_FALSE(lines[0].routes[0].rates);
  EXPECT_FALSE(model_.incomplete()) << "the next status is too far away to wait for";
  lines = update(std::nullopt, bridge(1100, kStart + 10'000));
  EXPECT_DOUBLE_EQ(lines[0].routes[0].rates->received, 100);
  EXPECT_THAT(lines[0].pods, IsEmpty());
}

TEST_F(TopModelTest, AStatusThatIsWrittenWithOldTotalsIsNoSample) {
  update(std::nullopt, bridge(100));
  update(std::nullopt, bridge(1100, kStart + 10'000));
  auto lines = update(std::nullopt, bridge(1100, kStart + 17'000));
  EXPECT_DOUBLE_EQ(lines[0].routes[0].rates->received, 100) << "a shard moved, nothing was counted";
  lines = update(std::nullopt, bridge(2100, kStart + 20'000));
  EXPECT_DOUBLE_EQ(lines[0].routes[0].rates->received, 100);
  lines = update(std::nullopt, bridge(2100, kStart + 30'000));
  EXPECT_DOUBLE_EQ(lines[0].routes[0].rates->received, 0) << "nothing has come since";
}

}  // namespace
}  // namespace mkb::cli
