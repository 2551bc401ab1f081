#include "dataplane/pod/pod_agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mkb::dataplane {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::string bridge(const std::string& topic, int generation = 1) {
  return nlohmann::json{
      {"apiVersion", "mqttkafka.io/v1alpha1"},
      {"kind", "MqttKafkaBridge"},
      {"metadata", {{"name", "fleet"}, {"namespace", "ns"}, {"uid", "u-1"}, {"generation", generation}}},
      {"spec",
       {{"mqtt", {{"servers", {"mqtt://broker:1883"}}}},
        {"kafka", {{"bootstrapServers", {"kafka:9092"}}}},
        {"mqttToKafka", {{{"name", "r"}, {"filters", {"a/+"}}, {"topic", topic}}}}}}}
      .dump();
}

const char* const kFilters = R"({"filters":{"a/+":4},"shared":{}})";

std::string own(std::uint64_t epoch, int shard = 4) {
  return api::to_json(api::Assignment{epoch, {{shard, api::ShardDuty::kOwn}}});
}

BridgeState holding(std::vector<int> shards) {
  BridgeState state;
  state.held = std::move(shards);
  return state;
}

class PodAgentTest : public testing::Test {
 protected:
  PodActions routes(const std::string& text) { return agent.on_routes({text, kFilters}, now); }
  PodActions taken() { return agent.on_routes_taken(RoutesTaken::kApplied, "", now); }
  /// Routes in use, shard 4 owned and held, everything published.
  void run() {
    routes(bridge("out"));
    ASSERT_TRUE(taken().publish);
    agent.on_published(true, now);
    agent.on_assignment(own(7), now);
    ASSERT_TRUE(agent.on_state(holding({4}), now).publish);
    ASSERT_FALSE(agent.on_published(true, now).publish);
  }

  TimePoint now{std::chrono::hours(1)};
  PodAgent agent{{}, now};
};

TEST_F(PodAgentTest, TellsAtOnceThatItIsThere) {
  const auto actions = agent.tick(now);
  ASSERT_TRUE(actions.publish);
  EXPECT_EQ(*actions.publish, api::PodReport{});
  EXPECT_FALSE(actions.routes || actions.assign || actions.save);
}

TEST_F(PodAgentTest, AssignsOnceTheRoutesAreThere) {
  EXPECT_FALSE(agent.on_assignment(own(7), now).assign);
  const auto first = routes(bridge("out", 3));
  ASSERT_TRUE(first.routes);
  EXPECT_EQ(first.routes->generation, 3);
  EXPECT_EQ(first.routes->spec.uid, "u-1");
  EXPECT_EQ(first.routes->record->filters.at("a/+"), 4);
  const auto second = taken();
  ASSERT_TRUE(second.assign);
  EXPECT_EQ(second.assign->epoch, 7u);
  EXPECT_TRUE(second.save);
}

TEST_F(PodAgentTest, ReportsNothingOfAnAssignmentBeforeItsEffect) {
  run();
  now += seconds(10);
  const auto actions = agent.on_assignment(R"({"epoch":8,"shards":[{"shard":4,"duty":"release"}]})", now);
  ASSERT_TRUE(actions.assign);
  EXPECT_FALSE(actions.publish) << "what is held may have changed with it";
  EXPECT_FALSE(agent.tick(now).publish);
  const auto still = agent.on_state(holding({4}), now);
  ASSERT_TRUE(still.publish);
  EXPECT_EQ(still.publish->epoch, 8u);
  EXPECT_EQ(still.publish->held, std::vector<int>{4});
  agent.on_published(true, now);
  const auto gone = agent.on_state(holding({}), now);
  ASSERT_TRUE(gone.publish);
  EXPECT_TRUE(gone.publish->held.empty());
}

constexpr const char* kReleaseTwo =
    R"({"epoch":8,"shards":[{"shard":4,"duty":"release"},{"shard":5,"duty":"release"},{"shard":6,"duty":"own"}]})";

TEST_F(PodAgentTest, TellsOfAllReleasesInOneReport) {
  run();
  agent.on_assignment(kReleaseTwo, now);
  EXPECT_FALSE(agent.on_state(holding({4, 5, 6}), now).publish);
  now += milliseconds(20);
  EXPECT_FALSE(agent.on_state(holding({5, 6}), now).publish);
  now += milliseconds(20);
  const auto all = agent.on_state(holding({6}), now);
  ASSERT_TRUE(all.publish);
  EXPECT_EQ(all.publish->epoch, 8u);
  EXPECT_EQ(all.publish->held, std::vector<int>{6});
}

TEST_F(PodAgentTest, TellsSoonOfWhatIsReleasedWhileAnotherHangs) {
  run();
  agent.on_assignment(kReleaseTwo, now);
  EXPECT_FALSE(agent.on_state(holding({5, 6}), now).publish);
  now += milliseconds(149);
  EXPECT_FALSE(agent.tick(now).publish);
  now += milliseconds(1);
  const auto some = agent.tick(now);
  ASSERT_TRUE(some.publish);
  EXPECT_EQ(some.publish->held, (std::vector<int>{5, 6}));
  // What comes later is told at once.
  agent.on_published(true, now);
  EXPECT_TRUE(agent.on_state(holding({6}), now).publish);
}

TEST_F(PodAgentTest, TellsOfSessionsThatComeWhenTheyAreThere) {
  run();
  agent.on_assignment(R"({"epoch":8,"shards":[{"shard":4,"duty":"own"},{"shard":5,"duty":"own"}]})", now);
  EXPECT_FALSE(agent.on_state(holding({4}), now).publish);
  now += milliseconds(20);
  const auto both = agent.on_state(holding({4, 5}), now);
  ASSERT_TRUE(both.publish);
  EXPECT_EQ(both.publish->held, (std::vector<int>{4, 5}));
}

TEST_F(PodAgentTest, AStreamOfAssignmentsDoesNotPutTheReportOff) {
  run();
  agent.on_assignment(kReleaseTwo, now);
  EXPECT_FALSE(agent.on_state(holding({5, 6}), now).publish);
  now += milliseconds(100);
  agent.on_assignment(
      R"({"epoch":9,"shards":[{"shard":5,"duty":"release"},{"shard":6,"duty":"own"},{"shard":7,"duty":"own"}]})",
      now);
  EXPECT_FALSE(agent.on_state(holding({5, 6}), now).publish);
  now += milliseconds(50);
  const auto some = agent.tick(now);
  ASSERT_TRUE(some.publish);
  EXPECT_EQ(some.publish->epoch, 9u);
}

TEST_F(PodAgentTest, WaitsForNothingWhenTheProcessEnds) {
  run();
  agent.on_assignment(kReleaseTwo, now);
  agent.hurry();
  EXPECT_TRUE(agent.on_state(holding({}), now).publish);
}

TEST_F(PodAgentTest, RenewsItsLeaseInTimeWhileItReleases) {
  run();
  now += seconds(3) - milliseconds(10);
  agent.on_assignment(kReleaseTwo, now);
  EXPECT_FALSE(agent.on_state(holding({4, 5}), now).publish);
  now += milliseconds(10);
  EXPECT_TRUE(agent.tick(now).publish);
}

TEST_F(PodAgentTest, TheSameTextAgainDoesNothing) {
  run();
  EXPECT_FALSE(routes(bridge("out")).routes);
  EXPECT_FALSE(agent.on_assignment(own(7), now).assign);
}

TEST_F(PodAgentTest, ChangedRoutesAreTakenAndTheirGenerationReported) {
  run();
  ASSERT_TRUE(routes(bridge("other", 2)).routes);
  EXPECT_FALSE(agent.on_state(holding({4}), now).publish) << "they are being taken";
  const auto actions = taken();
  EXPECT_FALSE(actions.assign) << "the bridge has it";
  ASSERT_TRUE(actions.publish);
  EXPECT_EQ(actions.publish->generation, 2);
}

TEST_F(PodAgentTest, BadRoutesAreReportedAndTheOldOnesKept) {
  run();
  const auto actions = routes("{}");
  EXPECT_FALSE(actions.routes);
  ASSERT_TRUE(actions.publish);
  EXPECT_EQ(actions.publish->generation, 1);
  EXPECT_NE(actions.publish->problem, "");
  agent.on_published(true, now);
  ASSERT_TRUE(routes(bridge("out", 3)).routes);
  const auto good = taken();
  ASSERT_TRUE(good.publish);
  EXPECT_EQ(good.publish->problem, "");
}

TEST_F(PodAgentTest, ABadRecordIsReported) {
  const auto actions = agent.on_routes({bridge("out"), "[]"}, now);
  EXPECT_FALSE(actions.routes);
  ASSERT_TRUE(actions.publish);
  EXPECT_THAT(actions.publish->problem, HasSubstr("filters.json"));
}

TEST_F(PodAgentTest, RoutesThatNeedARestartAreReportedUntilThen) {
  run();
  routes(bridge("out", 2));
  const auto actions = agent.on_routes_taken(RoutesTaken::kNeedsRestart, "spec.kafka changed", now);
  ASSERT_TRUE(actions.publish);
  EXPECT_EQ(actions.publish->problem, "spec.kafka changed");
  EXPECT_EQ(actions.publish->generation, 1);
  EXPECT_FALSE(actions.save) << "a restart gets them from the API";
}

TEST_F(PodAgentTest, ABadAssignmentIsReportedAndTheOldOneKept) {
  run();
  const auto actions = agent.on_assignment("{", now);
  EXPECT_FALSE(actions.assign);
  ASSERT_TRUE(actions.publish);
  EXPECT_THAT(actions.publish->problem, HasSubstr("assignment"));
  EXPECT_EQ(actions.publish->epoch, 7u);
  agent.on_published(true, now);
  ASSERT_TRUE(agent.on_assignment(own(8), now).assign);
  EXPECT_EQ(agent.on_state(holding({4}), now).publish->problem, "");
}

TEST_F(PodAgentTest, RenewsTheLeaseWhenNothingChanges) {
  run();
  now += milliseconds(2'999);
  EXPECT_FALSE(agent.tick(now).publish);
  now += milliseconds(1);
  EXPECT_TRUE(agent.tick(now).publish);
  EXPECT_FALSE(agent.tick(now + seconds(9)).publish) << "one at a time";
  EXPECT_FALSE(agent.on_published(true, now).publish);
}

TEST_F(PodAgentTest, TotalsWaitForTheNextRenewal) {
  run();
  BridgeState busy = holding({4});
  busy.routes = {{"r", 5, 5, 0, 0, 0, 0, 0, ""}};
  EXPECT_FALSE(agent.on_state(busy, now).publish);
  now += seconds(3);
  const auto actions = agent.tick(now);
  ASSERT_TRUE(actions.publish);
  EXPECT_EQ(actions.publish->routes.at(0).received, 5u);
}

TEST_F(PodAgentTest, WhatChangesWhileItPublishesIsPublishedNext) {
  run();
  now += milliseconds(150);
  ASSERT_TRUE(agent.on_state(holding({}), now).publish);
  EXPECT_FALSE(agent.on_state(holding({4}), now).publish);
  const auto next = agent.on_published(true, now);
  ASSERT_TRUE(next.publish);
  EXPECT_EQ(next.publish->held, std::vector<int>{4});
}

TEST_F(PodAgentTest, AFailedWriteIsTriedAgainSoonButNotAtOnce) {
  run();
  now += milliseconds(150);
  ASSERT_TRUE(agent.on_state(holding({}), now).publish);
  EXPECT_FALSE(agent.on_published(false, now).publish);
  EXPECT_FALSE(agent.on_state(holding({4}), now).publish);
  now += seconds(1);
  const auto again = agent.tick(now);
  ASSERT_TRUE(again.publish);
  EXPECT_EQ(again.publish->held, std::vector<int>{4});
}

TEST_F(PodAgentTest, StaysAwayFromSessionsWhileItsLeaseIsSilent) {
  run();
  EXPECT_EQ(agent.least_delay(now + milliseconds(9'999)), Duration{});
  EXPECT_EQ(agent.least_delay(now + seconds(10)), seconds(5));
  EXPECT_EQ(agent.least_delay(now + seconds(30)), seconds(15));
  EXPECT_EQ(agent.least_delay(now + seconds(1'000)), seconds(60));
  now += seconds(30);
  ASSERT_TRUE(agent.tick(now).publish);
  EXPECT_EQ(agent.least_delay(now), seconds(15)) << "it is not written yet";
  agent.on_published(false, now);
  EXPECT_EQ(agent.least_delay(now), seconds(15));
  now += seconds(1);
  ASSERT_TRUE(agent.tick(now).publish);
  agent.on_published(true, now + seconds(2));
  EXPECT_EQ(agent.least_delay(now + seconds(9)), Duration{});
  EXPECT_EQ(agent.least_delay(now + seconds(10)), seconds(5)) << "counted from when the write began";
}

TEST_F(PodAgentTest, GoesOnWithWhatWasSavedWhenTheApiIsAway) {
  run();
  const std::string saved = [this] {
    PodAgent first({}, now);
    first.on_routes({bridge("out", 5), kFilters}, now);
    first.on_routes_taken(RoutesTaken::kApplied, "", now);
    return *first.on_assignment(own(9), now).save;
  }();
  PodAgent second({}, now);
  second.on_saved(saved);
  EXPECT_FALSE(second.tick(now + milliseconds(4'999)).routes) << "the API may know better";
  const auto start = second.tick(now + seconds(5));
  ASSERT_TRUE(start.routes);
  EXPECT_EQ(start.routes->generation, 5);
  EXPECT_EQ(start.routes->record->filters.at("a/+"), 4);
  const auto actions = second.on_routes_taken(RoutesTaken::kApplied, "", now);
  ASSERT_TRUE(actions.assign);
  EXPECT_EQ(actions.assign->epoch, 9u);
  // When it is back, what it says counts.
  ASSERT_TRUE(second.on_assignment(own(11, 6), now).assign);
}

TEST_F(PodAgentTest, WhatTheApiSaysCountsMoreThanWhatWasSaved) {
  PodAgent first({}, now);
  first.on_routes({bridge("out"), kFilters}, now);
  first.on_routes_taken(RoutesTaken::kApplied, "", now);
  const std::string saved = *first.on_assignment(own(9), now).save;
  agent.on_saved(saved);
  routes(bridge("other", 6));
  taken();
  ASSERT_TRUE(agent.on_assignment(own(10), now).assign);
  agent.on_state(holding({4}), now);
  const auto late = agent.tick(now + seconds(60));
  EXPECT_FALSE(late.routes || late.assign);
}

TEST_F(PodAgentTest, ADamagedStateFileIsNoState) {
  for (const char* text : {"", "[]", "{", R"({"bridge":1,"assignment":[]})"}) {
    PodAgent fresh({}, now);
    fresh.on_saved(text);
    const auto actions = fresh.tick(now + seconds(60));
    EXPECT_FALSE(actions.routes || actions.assign) << text;
  }
}

TEST_F(PodAgentTest, ResourcesOfPeopleHaveNoGeneration) {
  const auto actions = agent.on_routes(
      {"apiVersion: mqttkafka.io/v1alpha1\nkind: MqttKafkaBridge\nmetadata: {name: f}\nspec:\n"
       "  mqtt: {servers: [mqtt://b:1]}\n  kafka: {bootstrapServers: [k:1]}\n"
       "  mqttToKafka: [{name: r, filters: [a], topic: t}]\n",
       std::nullopt},
      now);
  ASSERT_TRUE(actions.routes);
  EXPECT_EQ(actions.routes->generation, 0);
  EXPECT_FALSE(actions.routes->record);
}

}  // namespace
}  // namespace mkb::dataplane
