#include "dataplane/kafka/producer_properties.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace mkb::dataplane {
namespace {

class ProducerPropertiesTest : public testing::Test {
 protected:
  ProducerPropertiesTest() {
    std::string pattern = testing::TempDir() + "/mkb-secrets-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    spec.bootstrap_servers = {"one:9092", "two:9092"};
  }
  ~ProducerPropertiesTest() override { std::filesystem::remove_all(directory_); }

  void secret(const std::string& name, const std::string& key, const std::string& content) {
    std::filesystem::create_directories(directory_ + "/" + name);
    std::ofstream(directory_ + "/" + name + "/" + key) << content;
  }
  Result<KafkaProperties> properties() { return producer_properties(spec, api::SecretStore(directory_)); }

  api::KafkaSpec spec;

 private:
  std::string directory_;
};

TEST_F(ProducerPropertiesTest, DefaultsGiveTheGuarantee) {
  const auto result = properties();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->at("bootstrap.servers"), "one:9092,two:9092");
  EXPECT_EQ(result->at("enable.idempotence"), "true");
  EXPECT_EQ(result->at("acks"), "all");
  EXPECT_EQ(result->at("message.timeout.ms"), "0");
  EXPECT_EQ(result->at("compression.type"), "lz4");
  EXPECT_EQ(result->at("linger.ms"), "5");
  EXPECT_EQ(result->at("security.protocol"), "plaintext");
}

TEST_F(ProducerPropertiesTest, TheUsersPropertiesWinOverDefaultsButNotOverTheGuarantee) {
  spec.properties = {{"linger.ms", "50"}, {"acks", "1"}, {"enable.idempotence", "false"}};
  const auto result = properties();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->at("linger.ms"), "50");
  EXPECT_EQ(result->at("acks"), "all");
  EXPECT_EQ(result->at("enable.idempotence"), "true");
}

TEST_F(ProducerPropertiesTest, ARecordNeverExceedsTheQueue) {
  spec.properties = {{"queue.buffering.max.kbytes", "1000"}};
  EXPECT_EQ(properties()->at("message.max.bytes"), "512000");
  spec.properties["message.max.bytes"] = "2000";
  EXPECT_EQ(properties()->at("message.max.bytes"), "2000");
  spec.properties["message.max.bytes"] = "1024001";
  const auto refused = properties();
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("queue.buffering.max.kbytes"), std::string::npos);
}

TEST_F(ProducerPropertiesTest, SaslAndTlsComeFromSecrets) {
  secret("login", "username", "alice\n");
  secret("login", "password", "secret\n");
  secret("ca", "ca.crt", "CA");
  secret("cert", "tls.crt", "CERT");
  secret("cert", "tls.key", "KEY");
  spec.sasl = api::SaslSpec{api::SaslMechanism::kScramSha512, {"login"}};
  spec.tls.emplace();
  spec.tls->ca_secret = api::SecretRef{"ca"};
  spec.tls->cert_secret = api::SecretRef{"cert"};
  const auto result = properties();
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result->at("security.protocol"), "sasl_ssl");
  EXPECT_EQ(result->at("sasl.mechanism"), "SCRAM-SHA-512");
  EXPECT_EQ(result->at("sasl.username"), "alice");
  EXPECT_EQ(result->at("sasl.password"), "secret");
  EXPECT_EQ(result->at("ssl.ca.pem"), "CA");
  EXPECT_EQ(result->at("ssl.certificate.pem"), "CERT");
  EXPECT_EQ(result->at("ssl.key.pem"), "KEY");
}

TEST_F(ProducerPropertiesTest, AMissingSecretIsNamed) {
  spec.sasl = api::SaslSpec{api::SaslMechanism::kPlain, {"login"}};
  const auto result = properties();
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().is(KafkaConfigError::kSecret));
  EXPECT_NE(result.error().message().find("login"), std::string::npos);
}

TEST_F(ProducerPropertiesTest, LibrdkafkaKnowsEveryPropertyThatIsSet) {
  const auto result = properties();
  ASSERT_TRUE(result.ok());
  for (const auto& [name, value] : isolated(*result)) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char reason[256];
    EXPECT_EQ(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason), RD_KAFKA_CONF_OK)
        << reason;
    rd_kafka_conf_destroy(conf);
  }
}

TEST_F(ProducerPropertiesTest, TheLimitsOfTheQueueAreTheUsersOrLibrdkafkas) {
  EXPECT_EQ(queue_limits({}).messages, 100'000u);
  EXPECT_EQ(queue_limits({}).bytes, std::size_t{1} << 30);
  EXPECT_EQ(queue_limits(*properties()).bytes, std::size_t{64} << 20);
  const QueueLimits limits =
      queue_limits({{"queue.buffering.max.messages", "10"}, {"queue.buffering.max.kbytes", "2"}});
  EXPECT_EQ(limits.messages, 10u);
  EXPECT_EQ(limits.bytes, 2048u);
  EXPECT_GT(queue_limits({{"queue.buffering.max.messages", "0"}}).messages, 1'000'000u) << "0 is no limit";
}

TEST_F(ProducerPropertiesTest, IsolatedRecordsTravelAlone) {
  EXPECT_EQ(isolated(*properties()).at("batch.num.messages"), "1");
}

}  // namespace
}  // namespace mkb::dataplane
