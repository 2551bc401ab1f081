#include "cli/plan/live_bridge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/reconcile/bridge_identity.h"
#include "operator/reconcile/drift.h"
#include "operator/reconcile/records.h"

namespace mkb::cli {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class LiveBridgeTest : public testing::Test {
 protected:
  LiveBridgeTest() {
    bridge_ = json::parse(R"({
      "apiVersion": "mqttkafka.io/v1alpha1", "kind": "MqttKafkaBridge",
      "metadata": {"name": "fleet", "namespace": "prod", "uid": "u-1", "generation": 2, "managedFields": [{}]},
      "spec": {"replicas": 3, "mqtt": {"servers": ["mqtt://h"]}, "kafka": {"bootstrapServers": ["h:9092"]},
               "mqttToKafka": [{"name": "t", "filters": ["a/+"], "topic": "t"}]},
      "status": {"replicas": 1}})");
    record_.filters = {{"a/+", 5}};
  }

  json routes() {
    return reconcile::with_applied_digest(reconcile::routes_config_map(identity_, bridge_, record_));
  }
  json assignment(int ordinal, int shard) {
    return reconcile::assignment_config_map(identity_, ordinal, {7, {{shard, api::ShardDuty::kOwn}}});
  }

  const reconcile::BridgeIdentity identity_{"fleet", "prod", "u-1"};
  json bridge_;
  api::ShardRecord record_;
};

TEST_F(LiveBridgeTest, ReadsSpecRecordAndAssignments) {
  json other = assignment(0, 9);
  other["metadata"]["name"] = "mkb-fleet-eu-0";
  const auto live = read_live_bridge(bridge_, {routes(), assignment(0, 5), assignment(2, 6), other});
  ASSERT_TRUE(live.ok()) << live.error().message();
  EXPECT_EQ(live->spec.replicas, 3);
  EXPECT_THAT(live->spec_problems, IsEmpty());
  EXPECT_TRUE(live->record_known);
  EXPECT_EQ(live->record, record_);
  EXPECT_THAT(live->assignments, ElementsAre(Pair(0, testing::_), Pair(2, testing::_)));
  EXPECT_EQ(live->assignments.at(2).shards.front().shard, 6);
}

TEST_F(LiveBridgeTest, ANewBridgeHasNothing) {
  const auto live = read_live_bridge(bridge_, {});
  ASSERT_TRUE(live.ok());
  EXPECT_FALSE(live->record_known);
  EXPECT_THAT(live->assignments, IsEmpty());
}

TEST_F(LiveBridgeTest, GoesByTheLastValidSpecAsTheOperatorDoes) {
  const json recorded = routes();
  bridge_["spec"]["mqttToKafka"][0]["filters"][0] = "a/#/b";
  bridge_["spec"]["replicas"] = 1;
  const auto live = read_live_bridge(bridge_, {recorded});
  ASSERT_TRUE(live.ok()) << live.error().message();
  EXPECT_EQ(live->spec.replicas, 3);
  EXPECT_THAT(api::render(live->spec_problems), HasSubstr("spec.mqttToKafka[0].filters[0]"));
  const auto nothing = read_live_bridge(bridge_, {});
  ASSERT_FALSE(nothing.ok());
  EXPECT_THAT(nothing.error().message(), HasSubstr("spec.mqttToKafka[0].filters[0]"));
}

TEST_F(LiveBridgeTest, BelievesNoRecordThatSomebodyEdited) {
  json edited = routes();
  edited["data"]["filters.json"] = R"({"filters":{"a/+":1},"shared":{}})";
  const auto live = read_live_bridge(bridge_, {edited});
  ASSERT_TRUE(live.ok());
  EXPECT_FALSE(live->record_known);
  EXPECT_THAT(live->record.filters, IsEmpty());
}

}  // namespace
}  // namespace mkb::cli
