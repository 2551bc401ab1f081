#include "api/kafka_section.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/sample_bridge.h"

namespace mkb::api {
namespace {

KafkaSpec kafka(std::string_view lines) {
  return spec_of(bridge_with_kafka(lines)).kafka;
}

TEST(KafkaSection, Defaults) {
  const KafkaSpec spec = kafka("");
  EXPECT_EQ(spec.bootstrap_servers, std::vector<std::string>{"k:1"});
  EXPECT_FALSE(spec.sasl.has_value());
  EXPECT_FALSE(spec.tls.has_value());
  EXPECT_TRUE(spec.properties.empty());
}

TEST(KafkaSection, EveryField) {
  const KafkaSpec spec = kafka(
      "bootstrapServers: [a:9092, '[::1]:9093']\n"
      "sasl: {mechanism: SCRAM-SHA-256, secretRef: {name: login}}\n"
      "tls: {caSecretRef: {name: ca}, certSecretRef: {name: cert}}\n"
      "properties: {linger.ms: 5, compression.type: lz4, socket.keepalive.enable: \"true\", client.id: "
      "\"x\"}");
  EXPECT_EQ(spec.bootstrap_servers, (std::vector<std::string>{"a:9092", "[::1]:9093"}));
  ASSERT_TRUE(spec.sasl.has_value());
  EXPECT_EQ(spec.sasl->mechanism, SaslMechanism::kScramSha256);
  EXPECT_EQ(spec.sasl->secret.name, "login");
  ASSERT_TRUE(spec.tls.has_value());
  EXPECT_EQ(spec.tls->ca_secret->name, "ca");
  EXPECT_EQ(spec.tls->cert_secret->name, "cert");
  EXPECT_EQ(spec.properties, (std::map<std::string, std::string>{{"client.id", "x"},
                                                                 {"compression.type", "lz4"},
                                                                 {"linger.ms", "5"},
                                                                 {"socket.keepalive.enable", "true"}}));
}

TEST(KafkaSection, Mechanisms) {
  const std::string secret = ", secretRef: {name: s}}";
  EXPECT_EQ(kafka("sasl: {mechanism: PLAIN" + secret).sasl->mechanism, SaslMechanism::kPlain);
  EXPECT_EQ(kafka("sasl: {mechanism: SCRAM-SHA-512" + secret).sasl->mechanism, SaslMechanism::kScramSha512);
}

TEST(KafkaSection, EmptyTlsMeansTls) {
  EXPECT_TRUE(kafka("tls: {}").tls.has_value());
}

TEST(KafkaSection, KeepsPropertiesAsTheyAreWritten) {
  EXPECT_EQ(kafka("properties: {linger.ms: '0.50'}").properties.at("linger.ms"), "0.50");
  EXPECT_EQ(kafka("properties: {a: ''}").properties.at("a"), "");
  EXPECT_EQ(kafka("properties: {max.in.flight: 5}").properties.at("max.in.flight"), "5");
}

TEST(KafkaSection, Problems) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"bootstrapServers: []", "7:23: spec.kafka.bootstrapServers: is empty; give at least one broker"},
      {"bootstrapServers: k:9092",
       "7:23: spec.kafka.bootstrapServers: is a single value; write a list of brokers"},
      {"bootstrapServers: [k]", "7:24: spec.kafka.bootstrapServers[0]: \"k\" has no port; write host:port"},
      {"bootstrapServers: [{host: k}]", "7:24: spec.kafka.bootstrapServers[0]: is a mapping; write a text"},
      {"sasl: {secretRef: {name: s}}",
       "7:5: spec.kafka.sasl.mechanism: is missing; write PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"},
      {"sasl: {mechanism: PLAIN}",
       "7:5: spec.kafka.sasl.secretRef: is missing; write secretRef: {name: NAME}; the Secret has the keys "
       "username "
       "and password"},
      {"sasl: {mechanism: scram-sha-256, secretRef: {name: s}}",
       "7:23: spec.kafka.sasl.mechanism: unknown value \"scram-sha-256\"; did you mean SCRAM-SHA-256?"},
      {"sasl: {mechanism: GSSAPI, secretRef: {name: s}}",
       "7:23: spec.kafka.sasl.mechanism: unknown value \"GSSAPI\"; write PLAIN, SCRAM-SHA-256 or "
       "SCRAM-SHA-512"},
      {"sasl: {mechanism: PLAIN, secretRef: s}",
       "7:41: spec.kafka.sasl.secretRef: is a single value; write {name: NAME}, the name of a Secret"},
      {"sasl: {mechanism: PLAIN, secretRef: {name: s}, password: hidden}",
       "7:52: spec.kafka.sasl.password: unknown field; known: mechanism, secretRef"},
      {"tls:", "7:5: spec.kafka.tls: has no value; give it one, or leave the field out"},
      {"properties: {socket.keepalive.enable: true}",
       "7:43: spec.kafka.properties[\"socket.keepalive.enable\"]: \"true\" is a truth value to YAML; put it "
       "in "
       "quotes to make it a text"},
      {"properties: {linger.ms: 0.5}",
       "7:29: spec.kafka.properties[\"linger.ms\"]: \"0.5\" is a number to YAML; put it in quotes to make it "
       "a "
       "text"},
      {"tls: yes", "7:10: spec.kafka.tls: is a single value; write a mapping"},
      {"tls: {serverName: k}",
       "7:11: spec.kafka.tls.serverName: is known but not built in this version; leave it out: it would have "
       "no "
       "effect"},
      {"tls: {ca: x}", "7:11: spec.kafka.tls.ca: unknown field; known: caSecretRef, certSecretRef"},
      {"properties: [linger.ms=5]",
       "7:17: spec.kafka.properties: is a list; write a mapping of names to texts"},
      {"properties: {linger.ms: [5]}",
       "7:29: spec.kafka.properties[\"linger.ms\"]: is a list; write a text or a number"},
      {"properties: {linger.ms: }",
       "7:18: spec.kafka.properties[\"linger.ms\"]: has no value; write a text or a number"},
      {"properties: {linger.ms: \"\\0\"}",
       "7:29: spec.kafka.properties[\"linger.ms\"]: holds the character U+0000; write a text or a number "
       "without it"},
      {"properties: {'': x}",
       "7:18: spec.kafka.properties[\"\"]: a property without a name; write NAME: value"},
      {"properties: {acks: 1}",
       "7:18: spec.kafka.properties.acks: the bridge sets acks=all: an MQTT message is acknowledged when "
       "every "
       "in-sync replica has it; leave it out"},
      {"properties:\n  sasl.password: hidden",
       "8:7: spec.kafka.properties[\"sasl.password\"]: credentials come from a Secret; use kafka.sasl"},
      {"properties: {max.in.flight: 6}",
       "7:18: spec.kafka.properties[\"max.in.flight\"]: an idempotent producer may have 1 to 5 requests in "
       "flight; "
       "write a number from 1 to 5"},
      {"bootstrap: [k:1]", "7:5: spec.kafka.bootstrap: unknown field; did you mean \"bootstrapServers\"?"},
      {"brokers: [k:1]",
       "7:5: spec.kafka.brokers: unknown field; known: bootstrapServers, sasl, tls, properties"},
      {"bootstrapServer: [k:1]",
       "7:5: spec.kafka.bootstrapServer: unknown field; did you mean \"bootstrapServers\"?"},
  };
  for (const auto& [lines, message] : cases) {
    EXPECT_EQ(problems_of(bridge_with_kafka(lines)), "f:" + message + "\n") << lines;
  }
}

}  // namespace
}  // namespace mkb::api
