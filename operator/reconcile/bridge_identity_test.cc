#include "operator/reconcile/bridge_identity.h"

#include <gtest/gtest.h>

namespace mkb::reconcile {
namespace {

const BridgeIdentity kFleet{"fleet", "prod", "u-1"};

TEST(BridgeIdentity, IsReadFromMetadata) {
  const auto identity =
      BridgeIdentity::of({{"metadata", {{"name", "fleet"}, {"namespace", "prod"}, {"uid", "u-1"}}}});
  EXPECT_EQ(identity.name, "fleet");
  EXPECT_EQ(identity.name_space, "prod");
  EXPECT_EQ(identity.uid, "u-1");
}

TEST(BridgeIdentity, SurvivesAnObjectWithoutMetadata) {
  EXPECT_EQ(BridgeIdentity::of(nlohmann::json::object()).name, "");
}

TEST(BridgeIdentity, FindsTheOrdinalOfItsOwnPodsOnly) {
  EXPECT_EQ(kFleet.ordinal("mkb-fleet-0"), 0);
  EXPECT_EQ(kFleet.ordinal("mkb-fleet-12"), 12);
  for (const char* other : {"mkb-fleet", "mkb-fleet-", "mkb-fleet-01", "mkb-fleet--1", "mkb-fleet-1x",
                            "mkb-fleet-routes", "mkb-fleet-a-1", "fleet-1", "mkb-fleet-99999999999"}) {
    EXPECT_EQ(kFleet.ordinal(other), -1) << other;
  }
}

TEST(BridgeIdentity, OfABridgeWhoseNameExtendsAnothersIsToldApart) {
  const BridgeIdentity other{"fleet-1", "prod", "u-2"};
  EXPECT_EQ(kFleet.ordinal(other.pod(0)), -1);
  EXPECT_EQ(other.ordinal(kFleet.pod(1)), -1);
}

TEST(BridgeIdentity, GivesItsObjectsLabelsAndAController) {
  const auto child = kFleet.child("v1", "ConfigMap", "x");
  EXPECT_EQ(child["metadata"]["namespace"], "prod");
  EXPECT_EQ(child["metadata"]["labels"]["app.kubernetes.io/managed-by"], "mkb-operator");
  const auto owner = child["metadata"]["ownerReferences"][0];
  EXPECT_EQ(owner["kind"], "MqttKafkaBridge");
  EXPECT_EQ(owner["apiVersion"], "mqttkafka.io/v1alpha1");
  EXPECT_EQ(owner["uid"], "u-1");
  EXPECT_EQ(owner["controller"], true);
}

TEST(BridgeIdentity, SelectsItsPodsByLabelsThatTheyHave) {
  const auto selector = kFleet.selector();
  const auto labels = kFleet.labels();
  for (const auto& [key, value] : selector.items()) EXPECT_EQ(labels[key], value);
  EXPECT_EQ(kFleet.selector_text(),
            "app.kubernetes.io/instance=fleet,app.kubernetes.io/name=mqtt-kafka-bridge");
}

}  // namespace
}  // namespace mkb::reconcile
