// pack_sessions() with a record of shards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "dataplane/route/session_packer.h"

namespace mkb::dataplane {
namespace {

using testing::HasSubstr;

class RecordedSessions : public testing::Test {
 protected:
  RecordedSessions() {
    spec.uid = "uid";
    spec.shards = 8;
  }
  void add(const std::string& name, std::vector<std::string> filters,
           api::Sharding sharding = api::Sharding::kExclusive) {
    api::MqttToKafkaRoute route;
    route.name = name;
    route.filters = std::move(filters);
    route.sharding = sharding;
    spec.mqtt_to_kafka.push_back(std::move(route));
  }
  std::vector<SessionPlan> pack() {
    auto packed = pack_sessions(spec, record);
    EXPECT_TRUE(packed.ok()) << packed.error().message();
    return packed.ok() ? std::move(*packed) : std::vector<SessionPlan>();
  }
  void expect_refused(SessionPackError code, const std::vector<std::string>& words) {
    const auto packed = pack_sessions(spec, record);
    ASSERT_FALSE(packed.ok());
    EXPECT_TRUE(packed.error().is(code)) << packed.error().message();
    for (const std::string& word : words) {
      EXPECT_THAT(packed.error().message(), HasSubstr(word));
    }
  }

  api::BridgeSpec spec;
  api::ShardRecord record;
};

TEST_F(RecordedSessions, FiltersAreWhereTheRecordHasThem) {
  add("x", {"a", "b"});
  add("y", {"c"});
  record.filters = {{"a", 5}, {"b", 2}, {"c", 5}, {"gone", 1}};
  const auto sessions = pack();
  ASSERT_EQ(sessions.size(), 2u) << "what only the record has makes no session";
  EXPECT_EQ(sessions[0].shard, 2);
  EXPECT_EQ(sessions[0].client_id, "mkb-uid-2");
  ASSERT_EQ(sessions[0].subscriptions.size(), 1u);
  EXPECT_EQ(sessions[0].subscriptions[0].filter, "b");
  EXPECT_EQ(sessions[1].shard, 5);
  ASSERT_EQ(sessions[1].subscriptions.size(), 2u);
  EXPECT_EQ(sessions[1].subscriptions[1].routes[0].route, 1u);
}

TEST_F(RecordedSessions, IdentifiersAreThoseOfTheHash) {
  add("x", {"a/+", "a/b"});
  const auto hashed = pack_sessions(spec);
  ASSERT_TRUE(hashed.ok());
  record.filters = {{"a/+", 3}, {"a/b", 3}};
  const auto recorded = pack();
  ASSERT_EQ(recorded.size(), 1u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(recorded[0].subscriptions[i].subscription_id, (*hashed)[0].subscriptions[i].subscription_id)
        << "a session that moves must not change its subscriptions";
  }
}

TEST_F(RecordedSessions, ASharedRouteHasASessionOnEachOfItsShards) {
  add("hot", {"h/#"}, api::Sharding::kShared);
  record.shared = {{"hot", {1, 4, 6}}};
  const auto sessions = pack();
  ASSERT_EQ(sessions.size(), 3u);
  for (const SessionPlan& session : sessions) {
    EXPECT_TRUE(session.shared);
    ASSERT_EQ(session.subscriptions.size(), 1u);
    EXPECT_EQ(session.subscriptions[0].subscribe, "$share/mkb-uid-hot/h/#");
  }
  EXPECT_EQ(sessions[2].client_id, "mkb-uid-6");
}

TEST_F(RecordedSessions, AFilterThatIsNotRecordedIsAnError) {
  add("x", {"a", "b"});
  record.filters = {{"a", 5}};
  expect_refused(SessionPackError::kNotRecorded, {"'b'"});
}

TEST_F(RecordedSessions, ASharedRouteThatIsNotRecordedIsAnError) {
  add("hot", {"h"}, api::Sharding::kShared);
  expect_refused(SessionPackError::kNotRecorded, {"'hot'"});
  record.shared = {{"hot", {}}};
  expect_refused(SessionPackError::kNotRecorded, {"'hot'"});
}

TEST_F(RecordedSessions, OverlappingFiltersOnDifferentShardsAreAnError) {
  add("x", {"a/+"});
  add("y", {"a/b"});
  record.filters = {{"a/+", 5}, {"a/b", 6}};
  expect_refused(SessionPackError::kBadRecord, {"'a/+' on shard 5", "'a/b'", "shard 6"});
}

TEST_F(RecordedSessions, FiltersConnectedThroughAnotherAreAnErrorToo) {
  add("x", {"a/b", "a/+", "+/c"});
  record.filters = {{"a/b", 5}, {"a/+", 5}, {"+/c", 6}};
  expect_refused(SessionPackError::kBadRecord, {"'+/c'"});
}

TEST_F(RecordedSessions, AShardThatIsNotThereIsAnError) {
  add("x", {"a"});
  record.filters = {{"a", 8}};
  expect_refused(SessionPackError::kBadRecord, {"'a'", "shard 8", "spec.shards (8)"});
  record.filters = {{"a", -1}};
  expect_refused(SessionPackError::kBadRecord, {"shard -1"});
  record.filters = {{"a", 0}};
  add("hot", {"h"}, api::Sharding::kShared);
  record.shared = {{"hot", {9}}};
  expect_refused(SessionPackError::kBadRecord, {"'hot'", "shard 9"});
}

TEST_F(RecordedSessions, ASharedRouteOnAShardWithOtherFiltersIsAnError) {
  add("x", {"a"});
  add("hot", {"h"}, api::Sharding::kShared);
  add("warm", {"w"}, api::Sharding::kShared);
  record.filters = {{"a", 2}};
  record.shared = {{"hot", {2}}, {"warm", {3}}};
  expect_refused(SessionPackError::kBadRecord, {"'hot'", "shard 2"});
  record.shared = {{"hot", {3}}, {"warm", {3}}};
  expect_refused(SessionPackError::kBadRecord, {"'warm'", "shard 3"});
}

}  // namespace
}  // namespace mkb::dataplane
