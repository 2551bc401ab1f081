#include "api/kafka_properties.h"

#include <gtest/gtest.h>

namespace mkb::api {
namespace {

TEST(KafkaProperties, RefusesWhatDecidesDelivery) {
  for (const char* name : {"acks", "request.required.acks", "enable.idempotence", "enable.gapless.guarantee",
                           "message.timeout.ms", "delivery.timeout.ms", "retries", "message.send.max.retries",
                           "transactional.id", "partitioner", "queuing.strategy",
                           "delivery.report.only.error", "enabled_events", "plugin.library.paths"}) {
    const auto refusal = refuse_property(name, "1");
    ASSERT_TRUE(refusal.has_value()) << name;
    EXPECT_NE(refusal->what, "") << name;
    EXPECT_NE(refusal->hint, "") << name;
  }
}

TEST(KafkaProperties, PointsToFieldsOfTheirOwn) {
  EXPECT_EQ(refuse_property("bootstrap.servers", "")->hint, "use kafka.bootstrapServers");
  EXPECT_EQ(refuse_property("metadata.broker.list", "")->hint, "use kafka.bootstrapServers");
  for (const char* name : {"sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password"}) {
    EXPECT_EQ(refuse_property(name, "")->hint, "use kafka.sasl") << name;
  }
  for (const char* name :
       {"ssl.ca.location", "ssl.key.pem", "ssl_ca", "ssl.endpoint.identification.algorithm"}) {
    EXPECT_EQ(refuse_property(name, "")->hint, "use kafka.tls") << name;
  }
  EXPECT_EQ(refuse_property("security.protocol", "")->hint, "use those fields");
  EXPECT_EQ(refuse_property("partitioner", "")->hint, "use the route's partition");
  EXPECT_EQ(refuse_property("enable.ssl.certificate.verification", "false")->what,
            "the certificates of brokers are always verified");
}

TEST(KafkaProperties, RefusesConsumersAndPointers) {
  for (const char* name : {"group.id", "enable.auto.commit", "auto.offset.reset", "fetch.wait.max.ms",
                           "isolation.level", "offset.store.method", "session.timeout.ms"}) {
    EXPECT_EQ(refuse_property(name, "")->what, "it is a property of consumers, and this side only produces")
        << name;
  }
  for (const char* name :
       {"dr_cb", "dr_msg_cb", "error_cb", "stats_cb", "rebalance_cb", "opaque", "interceptors"}) {
    EXPECT_EQ(refuse_property(name, "")->what, "it takes a pointer, which a text cannot give") << name;
  }
}

TEST(KafkaProperties, AllowsOneToFiveInFlight) {
  for (const char* name : {"max.in.flight", "max.in.flight.requests.per.connection"}) {
    for (const char* value : {"1", "2", "3", "4", "5"}) EXPECT_FALSE(refuse_property(name, value)) << value;
    for (const char* value : {"", "0", "6", "10", "05", "-1", "x"})
      EXPECT_TRUE(refuse_property(name, value)) << value;
  }
}

TEST(KafkaProperties, LeavesTheRestToLibrdkafka) {
  for (const char* name :
       {"linger.ms", "client.id", "compression.type", "batch.size", "message.max.bytes", "debug",
        "queue.buffering.max.messages", "socket.timeout.ms", "no.such.property", "ACKS", ""}) {
    EXPECT_FALSE(refuse_property(name, "x").has_value()) << name;
  }
}

}  // namespace
}  // namespace mkb::api
