#include "dataplane/admin/status_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mkb::dataplane {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) {
    names.push_back(name);
  }
  return names;
}

/// Every field has a value of its own, so a field under another's key is noticed.
Snapshot full_snapshot() {
  RouteSnapshot route;
  route.name = "telemetry";
  route.filters = {"vehicles/+/telemetry", "a/#"};
  route.target = "telemetry.${topic[1]}";
  route.received = 87;
  route.delivered = 11;
  route.filtered = 2;
  route.dead_lettered = 3;
  route.dropped = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  route.in_flight = 5;
  route.blocked = 101;
  route.parked = 102;
  route.retries = 103;
  route.received_bytes = 104;
  route.partitions = 106;
  route.lag = 107;
  route.last_error = "route error";
  route.last_error_unix_ms = 105;
  route.latency.buckets[3] = 10;
  route.latency.buckets.back() = 1;
  route.latency.count = 11;
  route.latency.sum_seconds = 61.5;

  SessionSnapshot session;
  session.shard = 17;
  session.client_id = "mkb-u-17";
  session.server = "mqtt:1883";
  session.state = "backoff";
  session.filters = 18;
  session.in_flight = 19;
  session.connects = 20;
  session.sessions_lost = 21;
  session.duplicates_suppressed = 22;
  session.unrouted = 23;
  session.errors = {{"network", 24}, {"tls", 25}};
  session.last_error = "session error";
  session.last_error_unix_ms = 26;

  PublisherSnapshot publisher;
  publisher.route = "commands";
  publisher.client_id = "mkb-u-commands-0";
  publisher.server = "mqtt:1884";
  publisher.connected = true;
  publisher.group_id = "mkb-fleet-commands";
  publisher.in_group = true;
  publisher.connects = 40;
  publisher.last_error = "publisher error";
  publisher.last_error_unix_ms = 41;

  Snapshot snapshot;
  snapshot.publishers = {publisher};
  snapshot.bridge = "default/fleet";
  snapshot.version = "1.2.3";
  snapshot.unix_ms = 1'700'000'000'123;
  snapshot.uptime_seconds = 12.5;
  snapshot.routes = {route};
  snapshot.sessions = {session};
  snapshot.kafka.reachable = true;
  snapshot.kafka.brokers = "kafka:9092";
  snapshot.kafka.last_error = "kafka error";
  snapshot.kafka.last_error_unix_ms = 31;
  snapshot.kafka.queue_messages = 32;
  snapshot.kafka.paused = true;
  snapshot.kafka.pauses = 33;
  snapshot.kafka.producer_restarts = 34;
  snapshot.kafka.errors = {{"_TRANSPORT", 35}};
  return snapshot;
}

TEST(StatusJson, ProcessFields) {
  const Json status = Json::parse(status_json(full_snapshot()));
  EXPECT_THAT(keys(status), ElementsAre("bridge", "version", "unix_ms", "uptime_seconds", "draining", "ready",
                                        "not_ready", "routes", "sessions", "publishers", "kafka"));
  EXPECT_EQ(status["bridge"], "default/fleet");
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["unix_ms"], 1'700'000'000'123);
  EXPECT_EQ(status["uptime_seconds"], 12.5);
  EXPECT_EQ(status["draining"], false);
  EXPECT_EQ(status["ready"], false);
  EXPECT_EQ(
      status["not_ready"],
      Json::array({"MQTT session mkb-u-17 is not ready (backoff, mqtt:1883); last error: session error"}));
}

TEST(StatusJson, RouteFields) {
  Json route = Json::parse(status_json(full_snapshot())).at("routes").at(0);
  const Json latency = route.at("latency");
  route.erase("latency");
  EXPECT_EQ(route, Json::parse(R"({
    "name": "telemetry", "direction": "mqtt_to_kafka", "filters": ["vehicles/+/telemetry", "a/#"],
    "target": "telemetry.${topic[1]}", "received": 87, "delivered": 11, "filtered": 2, "dead_lettered": 3,
    "dropped": {"template": 1, "invalid_topic": 2, "too_large": 3, "unknown_topic": 4, "unauthorized": 5,
                "loop": 6, "kafka_unavailable": 7, "rejected": 8, "returned": 9, "expired": 10, "refused": 11},
    "in_flight": 5, "blocked": 101, "parked": 102, "retries": 103, "partitions": 106, "lag": 107, "received_bytes": 104,
    "last_error": "route error", "last_error_unix_ms": 105})"));
}

TEST(StatusJson, Latency) {
  const Json latency = Json::parse(status_json(full_snapshot())).at("routes").at(0).at("latency");
  EXPECT_THAT(keys(latency), ElementsAre("count", "sum_seconds", "p50_ms", "p99_ms", "p999_ms", "buckets"));
  EXPECT_EQ(latency["count"], 11);
  EXPECT_EQ(latency["sum_seconds"], 61.5);
  EXPECT_DOUBLE_EQ(latency["p50_ms"].get<double>(), 1.55);
  EXPECT_EQ(latency["p99_ms"], 60'000);
  EXPECT_EQ(latency["p999_ms"], 60'000);
  const Json& buckets = latency["buckets"];
  ASSERT_EQ(buckets.size(), kLatencyBoundsMicros.size() + 1);
  EXPECT_EQ(buckets[0], (Json{{"le_ms", 0.25}, {"count", 0}}));
  EXPECT_EQ(buckets[3], (Json{{"le_ms", 2.0}, {"count", 10}}));
  EXPECT_EQ(buckets[4]["count"], 0) << "not cumulative";
  EXPECT_EQ(buckets.back(), (Json{{"le_ms", nullptr}, {"count", 1}}));
}

TEST(StatusJson, QuantilesWithoutMessagesAreNull) {
  Snapshot snapshot = full_snapshot();
  snapshot.routes[0].latency = {};
  const Json latency = Json::parse(status_json(snapshot)).at("routes").at(0).at("latency");
  EXPECT_EQ(latency["count"], 0);
  for (const char* quantile : {"p50_ms", "p99_ms", "p999_ms"}) {
    EXPECT_TRUE(latency.at(quantile).is_null()) << quantile;
  }
}

TEST(StatusJson, PublisherFields) {
  EXPECT_EQ(Json::parse(status_json(full_snapshot())).at("publishers"), Json::parse(R"([{
    "route": "commands", "client_id": "mkb-u-commands-0", "server": "mqtt:1884", "connected": true,
    "group_id": "mkb-fleet-commands", "in_group": true, "connects": 40, "last_error": "publisher error",
    "last_error_unix_ms": 41}])"));
}

TEST(StatusJson, SessionFields) {
  EXPECT_EQ(Json::parse(status_json(full_snapshot())).at("sessions"), Json::parse(R"([{
    "shard": 17, "client_id": "mkb-u-17", "server": "mqtt:1883", "state": "backoff", "ready": false,
    "filters": 18, "in_flight": 19, "connects": 20, "sessions_lost": 21, "duplicates_suppressed": 22,
    "unrouted": 23, "errors": {"network": 24, "tls": 25}, "last_error": "session error",
    "last_error_unix_ms": 26}])"));
}

TEST(StatusJson, KafkaFields) {
  EXPECT_EQ(Json::parse(status_json(full_snapshot())).at("kafka"), Json::parse(R"({
    "reachable": true, "brokers": "kafka:9092", "last_error": "kafka error", "last_error_unix_ms": 31,
    "queue_messages": 32, "paused": true, "pauses": 33, "producer_restarts": 34,
    "errors": {"_TRANSPORT": 35}})"));
}

TEST(StatusJson, EmptyListsAndMapsKeepTheirType) {
  Snapshot snapshot = full_snapshot();
  snapshot.sessions[0].errors.clear();
  snapshot.sessions[0].ready = true;
  snapshot.kafka.errors.clear();
  snapshot.routes[0].filters.clear();
  Json status = Json::parse(status_json(snapshot));
  EXPECT_EQ(status["ready"], true);
  EXPECT_EQ(status["not_ready"], Json::array());
  EXPECT_EQ(status["sessions"][0]["errors"], Json::object());
  EXPECT_EQ(status["kafka"]["errors"], Json::object());
  EXPECT_EQ(status["routes"][0]["filters"], Json::array());
  status = Json::parse(status_json(Snapshot{}));
  EXPECT_EQ(status["routes"], Json::array());
  EXPECT_EQ(status["sessions"], Json::array());
}

// Two texts look like a key with its value to the JSON library.
TEST(StatusJson, TwoFiltersStayAList) {
  const Json route = Json::parse(status_json(full_snapshot())).at("routes").at(0);
  EXPECT_EQ(route.at("filters"), Json::array({"vehicles/+/telemetry", "a/#"}));
}

TEST(StatusJson, TextOfPeersStaysTextAndBecomesUtf8) {
  Snapshot snapshot = full_snapshot();
  const std::string hostile = "\"},{\"x\":\"\\\n\x01</script>\xff\xe6\x9d";
  const std::string expected = "\"},{\"x\":\"\\\n\x01</script>\uFFFD\uFFFD";
  snapshot.routes[0].last_error = snapshot.routes[0].name = hostile;
  snapshot.routes[0].filters = {hostile};
  snapshot.sessions[0].last_error = snapshot.sessions[0].server = hostile;
  snapshot.sessions[0].errors = {{hostile, 1}};
  snapshot.kafka.errors = {{hostile, 2}};
  const Json status = Json::parse(status_json(snapshot));
  EXPECT_EQ(status["routes"][0]["last_error"], expected);
  EXPECT_EQ(status["routes"][0]["name"], expected);
  EXPECT_EQ(status["routes"][0]["filters"], Json::array({expected}));
  EXPECT_EQ(status["sessions"][0]["last_error"], expected);
  EXPECT_EQ(status["sessions"][0]["server"], expected);
  EXPECT_EQ(status["sessions"][0]["errors"].at(expected), 1);
  EXPECT_EQ(status["kafka"]["errors"].at(expected), 2);
}

TEST(StatusJson, CountsKeepAll64Bits) {
  Snapshot snapshot = full_snapshot();
  snapshot.routes[0].received = 18'446'744'073'709'551'615u;
  EXPECT_EQ(Json::parse(status_json(snapshot))["routes"][0]["received"].get<std::uint64_t>(),
            18'446'744'073'709'551'615u);
}

}  // namespace
}  // namespace mkb::dataplane
