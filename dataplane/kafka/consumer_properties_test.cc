#include "dataplane/kafka/consumer_properties.h"

#include <gtest/gtest.h>

namespace mkb::dataplane {
namespace {

class ConsumerPropertiesTest : public testing::Test {
 protected:
  ConsumerPropertiesTest() {
    spec.bootstrap_servers = {"k:9092"};
    route.group_id = "mkb-fleet-commands";
  }

  KafkaProperties properties() {
    auto made = consumer_properties(spec, route, "pod-0", api::SecretStore("/nonexistent"));
    EXPECT_TRUE(made.ok()) << made.error().message();
    return made.ok() ? *made : KafkaProperties{};
  }

  api::KafkaSpec spec;
  api::KafkaToMqttRoute route;
};

TEST_F(ConsumerPropertiesTest, IsAStaticMemberThatCommitsByHand) {
  const KafkaProperties made = properties();
  EXPECT_EQ(made.at("bootstrap.servers"), "k:9092");
  EXPECT_EQ(made.at("security.protocol"), "plaintext");
  EXPECT_EQ(made.at("group.id"), "mkb-fleet-commands");
  EXPECT_EQ(made.at("group.instance.id"), "pod-0");
  EXPECT_EQ(made.at("partition.assignment.strategy"), "cooperative-sticky");
  EXPECT_EQ(made.at("enable.auto.commit"), "false");
  EXPECT_EQ(made.at("enable.auto.offset.store"), "false");
  EXPECT_EQ(made.at("isolation.level"), "read_committed");
  EXPECT_EQ(made.at("auto.offset.reset"), "earliest");
}

TEST_F(ConsumerPropertiesTest, TheRouteDecidesStartAndIsolation) {
  route.read_committed = false;
  route.start.at = api::StartAt::kLatest;
  EXPECT_EQ(properties().at("isolation.level"), "read_uncommitted");
  EXPECT_EQ(properties().at("auto.offset.reset"), "latest");
  route.start.at = api::StartAt::kTimestamp;
  EXPECT_EQ(properties().at("auto.offset.reset"), "earliest") << "only where no record is as young";
}

TEST_F(ConsumerPropertiesTest, TheUsersPropertiesCountButNotOverTheGuarantee) {
  spec.properties = {{"session.timeout.ms", "30000"}, {"enable.auto.commit", "true"}, {"group.id", "other"}};
  const KafkaProperties made = properties();
  EXPECT_EQ(made.at("session.timeout.ms"), "30000");
  EXPECT_EQ(made.at("enable.auto.commit"), "false");
  EXPECT_EQ(made.at("group.id"), "mkb-fleet-commands");
}

TEST_F(ConsumerPropertiesTest, AMissingSecretIsAnError) {
  spec.sasl = api::SaslSpec{};
  spec.sasl->secret.name = "login";
  const auto made = consumer_properties(spec, route, "pod-0", api::SecretStore("/nonexistent"));
  ASSERT_FALSE(made.ok());
  EXPECT_TRUE(made.error().is(KafkaConfigError::kSecret));
}

}  // namespace
}  // namespace mkb::dataplane
