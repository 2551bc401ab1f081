#include "dataplane/admin/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <sstream>

namespace mkb::dataplane {
namespace {

using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Matches;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

Snapshot small_snapshot() {
  RouteSnapshot route;
  route.name = "telemetry";
  route.received = 87;
  route.delivered = 11;
  route.filtered = 2;
  route.dead_lettered = 3;
  route.dropped = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  route.in_flight = 5;
  route.blocked = 12;
  route.parked = 13;
  route.retries = 14;
  route.received_bytes = 123'456'789'012;
  route.latency.buckets[0] = 4;
  route.latency.buckets[6] = 6;
  route.latency.buckets.back() = 1;
  route.latency.count = 11;
  route.latency.sum_seconds = 61.5;

  SessionSnapshot session;
  session.shard = 17;
  session.client_id = "mkb-u-17";
  session.ready = true;
  session.in_flight = 19;
  session.connects = 20;
  session.sessions_lost = 21;
  session.duplicates_suppressed = 22;
  session.unrouted = 23;
  session.errors = {{"network", 24}, {"tls", 25}};

  Snapshot snapshot;
  snapshot.version = "1.2.3";
  snapshot.routes = {route};
  snapshot.sessions = {session};
  snapshot.kafka.reachable = true;
  snapshot.kafka.queue_messages = 32;
  snapshot.kafka.pauses = 33;
  snapshot.kafka.producer_restarts = 34;
  snapshot.kafka.errors = {{"_TRANSPORT", 35}};
  return snapshot;
}

/// With a route from Kafka to MQTT besides.
Snapshot both_directions() {
  Snapshot snapshot = small_snapshot();
  RouteSnapshot route;
  route.name = "commands";
  route.direction = "kafka_to_mqtt";
  route.partitions = 36;
  route.lag = 37;
  snapshot.routes.push_back(route);
  PublisherSnapshot publisher;
  publisher.route = "commands";
  publisher.client_id = "mkb-u-commands-0";
  publisher.group_id = "mkb-fleet-commands";
  publisher.connected = true;
  publisher.connects = 38;
  snapshot.publishers = {publisher};
  return snapshot;
}

ProcessStats small_process() {
  ProcessStats process;
  process.cpu_seconds = 3.25;
  process.start_time_seconds = 1'700'000'123.5;
  process.resident_memory_bytes = 28'672'000;
  process.open_fds = 41;
  process.max_fds = 1024;
  return process;
}

/// The series by their name with labels, as the text has them; fails the test for one that comes twice.
std::map<std::string, double> series(const std::string& text) {
  std::map<std::string, double> result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') {
      continue;
    }
    const auto space = line.rfind(' ');
    EXPECT_TRUE(result.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second) << line;
  }
  return result;
}

TEST(Metrics, TextOfASmallSnapshot) {
  EXPECT_EQ(metrics_text(small_snapshot(), small_process()),
            R"text(# HELP mkb_build_info 1; the label is the running version.
# TYPE mkb_build_info gauge
mkb_build_info{version="1.2.3"} 1
# HELP mkb_messages_received_total Messages that a route took from its source.
# TYPE mkb_messages_received_total counter
mkb_messages_received_total{route="telemetry",direction="mqtt_to_kafka"} 87
# HELP mkb_messages_delivered_total Messages that the route's target has acknowledged.
# TYPE mkb_messages_delivered_total counter
mkb_messages_delivered_total{route="telemetry",direction="mqtt_to_kafka"} 11
# HELP mkb_messages_filtered_total Messages that the route's transform discarded on purpose.
# TYPE mkb_messages_filtered_total counter
mkb_messages_filtered_total{route="telemetry",direction="mqtt_to_kafka"} 2
# HELP mkb_messages_dead_lettered_total Messages that the dead-letter topic has acknowledged.
# TYPE mkb_messages_dead_lettered_total counter
mkb_messages_dead_lettered_total{route="telemetry",direction="mqtt_to_kafka"} 3
# HELP mkb_messages_in_flight Messages received and not yet delivered, filtered, dead-lettered or dropped.
# TYPE mkb_messages_in_flight gauge
mkb_messages_in_flight{route="telemetry",direction="mqtt_to_kafka"} 5
# HELP mkb_messages_blocked Of the messages in flight, those held because they can never be delivered.
# TYPE mkb_messages_blocked gauge
mkb_messages_blocked{route="telemetry",direction="mqtt_to_kafka"} 12
# HELP mkb_messages_parked Of the messages in flight, those waiting to be tried again.
# TYPE mkb_messages_parked gauge
mkb_messages_parked{route="telemetry",direction="mqtt_to_kafka"} 13
# HELP mkb_retries_total Records sent again after a failure, without librdkafka's own retries.
# TYPE mkb_retries_total counter
mkb_retries_total{route="telemetry",direction="mqtt_to_kafka"} 14
# HELP mkb_received_bytes_total Payload bytes of the messages received.
# TYPE mkb_received_bytes_total counter
mkb_received_bytes_total{route="telemetry",direction="mqtt_to_kafka"} 123456789012
# HELP mkb_messages_dropped_total Messages given up, by reason.
# TYPE mkb_messages_dropped_total counter
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="template"} 1
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="invalid_topic"} 2
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="too_large"} 3
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="unknown_topic"} 4
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="unauthorized"} 5
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="loop"} 6
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="kafka_unavailable"} 7
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="rejected"} 8
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="returned"} 9
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="expired"} 10
mkb_messages_dropped_total{route="telemetry",direction="mqtt_to_kafka",reason="refused"} 11
# HELP mkb_delivery_latency_seconds Time from receiving a message to the acknowledgement by the target, of delivered messages.
# TYPE mkb_delivery_latency_seconds histogram
mkb_delivery_latency_seconds_count{route="telemetry",direction="mqtt_to_kafka"} 11
mkb_delivery_latency_seconds_sum{route="telemetry",direction="mqtt_to_kafka"} 61.5
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.00025"} 4
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.0005"} 4
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.001"} 4
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.002"} 4
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.003"} 4
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.005"} 4
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.0075"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.01"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.015"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.025"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.05"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.1"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.25"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="0.5"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="1"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="2.5"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="10"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="60"} 10
mkb_delivery_latency_seconds_bucket{route="telemetry",direction="mqtt_to_kafka",le="+Inf"} 11
# HELP mkb_mqtt_session_ready 1 when the session is subscribed to all its filters.
# TYPE mkb_mqtt_session_ready gauge
mkb_mqtt_session_ready{shard="17",client_id="mkb-u-17"} 1
# HELP mkb_mqtt_connects_total MQTT connections that the broker accepted.
# TYPE mkb_mqtt_connects_total counter
mkb_mqtt_connects_total{shard="17",client_id="mkb-u-17"} 20
# HELP mkb_mqtt_sessions_lost_total Connections where the broker had lost the session (Session Present 0 where 1 was expected).
# TYPE mkb_mqtt_sessions_lost_total counter
mkb_mqtt_sessions_lost_total{shard="17",client_id="mkb-u-17"} 21
# HELP mkb_mqtt_in_flight QoS 1 and 2 messages received whose acknowledgement is withheld.
# TYPE mkb_mqtt_in_flight gauge
mkb_mqtt_in_flight{shard="17",client_id="mkb-u-17"} 19
# HELP mkb_mqtt_duplicates_suppressed_total QoS 2 redeliveries recognised by their packet identifier and not passed on.
# TYPE mkb_mqtt_duplicates_suppressed_total counter
mkb_mqtt_duplicates_suppressed_total{shard="17",client_id="mkb-u-17"} 22
# HELP mkb_mqtt_unrouted_total Messages that match no route, acknowledged and not passed on.
# TYPE mkb_mqtt_unrouted_total counter
mkb_mqtt_unrouted_total{shard="17",client_id="mkb-u-17"} 23
# HELP mkb_mqtt_errors_total Errors of the MQTT session, by kind.
# TYPE mkb_mqtt_errors_total counter
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="disconnected"} 0
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="network"} 24
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="protocol"} 0
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="refused"} 0
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="secret"} 0
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="session_lost"} 0
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="subscribe"} 0
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="taken_over"} 0
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="timeout"} 0
mkb_mqtt_errors_total{shard="17",client_id="mkb-u-17",kind="tls"} 25
# HELP mkb_kafka_reachable 1 when Kafka answers.
# TYPE mkb_kafka_reachable gauge
mkb_kafka_reachable 1
# HELP mkb_kafka_queue_messages Records on their way to Kafka, not yet acknowledged.
# TYPE mkb_kafka_queue_messages gauge
mkb_kafka_queue_messages 32
# HELP mkb_kafka_paused 1 while reading from MQTT is paused because a memory bound is reached.
# TYPE mkb_kafka_paused gauge
mkb_kafka_paused 0
# HELP mkb_kafka_pauses_total Times that reading from MQTT paused because a memory bound was reached.
# TYPE mkb_kafka_pauses_total counter
mkb_kafka_pauses_total 33
# HELP mkb_kafka_producer_restarts_total Kafka producers replaced after a fatal error.
# TYPE mkb_kafka_producer_restarts_total counter
mkb_kafka_producer_restarts_total 34
# HELP mkb_kafka_errors_total Errors from Kafka, by librdkafka's name.
# TYPE mkb_kafka_errors_total counter
mkb_kafka_errors_total{error="_TRANSPORT"} 35
# HELP process_cpu_seconds_total User and system CPU time, of all threads.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 3.25
# HELP process_resident_memory_bytes Resident memory size.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 28672000
# HELP process_start_time_seconds Start time of the process since the Unix epoch.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1700000123.5
# HELP process_open_fds Open file descriptors.
# TYPE process_open_fds gauge
process_open_fds 41
# HELP process_max_fds Open file descriptors allowed (the soft limit).
# TYPE process_max_fds gauge
process_max_fds 1024
)text");
}

TEST(Metrics, AProcessWithoutRoutesShowsZeros) {
  const auto values = series(metrics_text(Snapshot{}, ProcessStats{}));
  EXPECT_EQ(values.at("mkb_kafka_reachable"), 0);
  EXPECT_EQ(values.at("mkb_kafka_paused"), 0);
  for (const auto& [name, value] : values) {
    EXPECT_EQ(value, name.rfind("mkb_build_info", 0) == 0 ? 1 : 0) << name;
  }
}

TEST(Metrics, EverySeriesOfARouteAndSessionIsThereBeforeItsFirstEvent) {
  Snapshot snapshot;
  snapshot.routes.resize(1);
  snapshot.routes[0].name = "r";
  snapshot.sessions.resize(1);
  snapshot.sessions[0].client_id = "c";
  const auto values = series(metrics_text(snapshot, ProcessStats{}));
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    const std::string reason = drop_reason_name(static_cast<DropReason>(i));
    EXPECT_EQ(values.count("mkb_messages_dropped_total{route=\"r\",direction=\"mqtt_to_kafka\",reason=\"" +
                           reason + "\"}"),
              1u)
        << reason;
  }
  for (const char* kind : {"disconnected", "network", "protocol", "refused", "secret", "session_lost",
                           "subscribe", "taken_over", "timeout", "tls"}) {
    EXPECT_EQ(
        values.count("mkb_mqtt_errors_total{shard=\"0\",client_id=\"c\",kind=\"" + std::string(kind) + "\"}"),
        1u)
        << kind;
  }
  EXPECT_EQ(values.at("mkb_mqtt_session_ready{shard=\"0\",client_id=\"c\"}"), 0);
  EXPECT_EQ(values.at("mkb_delivery_latency_seconds_count{route=\"r\",direction=\"mqtt_to_kafka\"}"), 0);
}

TEST(Metrics, AnErrorKindThatIsNewIsExportedToo) {
  Snapshot snapshot = small_snapshot();
  snapshot.sessions[0].errors = {{"weather", 3}};
  EXPECT_EQ(series(metrics_text(snapshot, {}))
                .at("mkb_mqtt_errors_total{shard=\"17\",client_id=\"mkb-u-17\",kind=\"weather\"}"),
            3);
}

// What a reader of the text alone can compute, for random snapshots that balance, and for one that does not.
TEST(Metrics, BalanceOfEachRouteCanBeComputedFromTheText) {
  const auto imbalance = [](const std::map<std::string, double>& values, const std::string& route) {
    double difference = 0;
    for (const auto& [name, value] : values) {
      if (name.find("{route=\"" + route + "\",direction=\"mqtt_to_kafka\"") == std::string::npos) {
        continue;
      }
      const std::string metric = name.substr(0, name.find('{'));
      if (metric == "mkb_messages_received_total") {
        difference += value;
      } else if (metric == "mkb_messages_delivered_total" || metric == "mkb_messages_filtered_total" ||
                 metric == "mkb_messages_dead_lettered_total" || metric == "mkb_messages_dropped_total" ||
                 metric == "mkb_messages_in_flight") {
        difference -= value;
      }
    }
    return difference;
  };
  std::mt19937_64 random(3);
  for (int round = 0; round < 50; ++round) {
    Snapshot snapshot;
    for (const char* name : {"a", "b", "c"}) {
      RouteSnapshot& route = snapshot.routes.emplace_back();
      route.name = name;
      route.received = 0;
      const auto part = [&](std::uint64_t& count) { route.received += count = random() >> 18; };
      part(route.delivered);
      part(route.filtered);
      part(route.dead_lettered);
      part(route.in_flight);
      for (auto& count : route.dropped) {
        part(count);
      }
    }
    snapshot.routes[2].received += 1;
    const auto values = series(metrics_text(snapshot, {}));
    EXPECT_EQ(imbalance(values, "a"), 0);
    EXPECT_EQ(imbalance(values, "b"), 0);
    EXPECT_EQ(imbalance(values, "c"), 1);
  }
}

TEST(Metrics, HistogramBucketsAreCumulativeAndEndAtTheCount) {
  Snapshot snapshot = small_snapshot();
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < snapshot.routes[0].latency.buckets.size(); ++i) {
    total += snapshot.routes[0].latency.buckets[i] = i + 1;
  }
  snapshot.routes[0].latency.count = total;
  for (const auto& family : metric_families(snapshot, {})) {
    if (family.name != "mkb_delivery_latency_seconds") {
      continue;
    }
    const auto& histogram = family.metric.at(0).histogram;
    ASSERT_EQ(histogram.bucket.size(), kLatencyBoundsMicros.size() + 1);
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < histogram.bucket.size(); ++i) {
      EXPECT_EQ(histogram.bucket[i].cumulative_count, cumulative += i + 1);
    }
    EXPECT_DOUBLE_EQ(histogram.bucket[0].upper_bound, 0.00025);
    EXPECT_EQ(histogram.bucket.back().upper_bound, std::numeric_limits<double>::infinity());
    EXPECT_EQ(histogram.sample_count, total);
    return;
  }
  FAIL() << "no histogram";
}

TEST(Metrics, HostileLabelValuesCannotLeaveTheirQuotes) {
  Snapshot snapshot = small_snapshot();
  snapshot.routes[0].name = "a\"} 1\nfake_total{x=\"\\\xff";
  snapshot.sessions[0].client_id = "\\";
  snapshot.sessions[0].errors = {{"k\n", 1}};
  snapshot.kafka.errors = {{"\xe6\x9d\"", 2}};
  snapshot.version = "v\"\n";
  const std::string text = metrics_text(snapshot, small_process());
  EXPECT_THAT(text, Not(HasSubstr("\nfake_total")));
  EXPECT_THAT(text, HasSubstr("mkb_messages_received_total{route=\"a\\\"} 1\\nfake_total{x=\\\"\\\\\uFFFD\","
                              "direction=\"mqtt_to_kafka\"} 87\n"));
  EXPECT_THAT(text, HasSubstr("mkb_mqtt_session_ready{shard=\"17\",client_id=\"\\\\\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("client_id=\"\\\\\",kind=\"k\\n\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mkb_kafka_errors_total{error=\"\uFFFD\\\"\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("mkb_build_info{version=\"v\\\"\\n\"} 1\n"));
  EXPECT_EQ(series(text).size(), series(metrics_text(small_snapshot(), small_process())).size() + 1)
      << "one more: an error kind that is new";
}

// The grammar of the text format, line by line: one HELP and one TYPE before the samples of each family.
TEST(Metrics, RoutesFromKafkaHaveTheirConsumerAndPublisher) {
  const auto values = series(metrics_text(both_directions(), small_process()));
  const std::map<std::string, double> expected = {
      {"mkb_consumer_partitions{route=\"commands\"}", 36},
      {"mkb_consumer_lag_records{route=\"commands\"}", 37},
      {"mkb_consumer_group_member{route=\"commands\",group=\"mkb-fleet-commands\"}", 0},
      {"mkb_publisher_connected{route=\"commands\",client_id=\"mkb-u-commands-0\"}", 1},
      {"mkb_publisher_connects_total{route=\"commands\",client_id=\"mkb-u-commands-0\"}", 38}};
  for (const auto& [name, value] : expected) {
    ASSERT_EQ(values.count(name), 1U) << name;
    EXPECT_EQ(values.at(name), value) << name;
  }
  EXPECT_EQ(values.count("mkb_consumer_lag_records{route=\"telemetry\"}"), 0U);
}

TEST(Metrics, TextKeepsToTheFormat) {
  Snapshot snapshot = small_snapshot();
  snapshot.routes.push_back(snapshot.routes[0]);
  snapshot.routes[1].name = "other \"route\"";
  std::istringstream lines(metrics_text(snapshot, small_process()));
  const auto help = MatchesRegex(R"re(# HELP [a-z_]+ [^\]+\.)re");
  const auto type = MatchesRegex("# TYPE [a-z_]+ (counter|gauge|histogram)");
  const auto sample = MatchesRegex(
      R"re([a-z_]+(\{[a-z_]+="([^"\]|\\["\n])*"(,[a-z_]+="([^"\]|\\["\n])*")*\})? [0-9.e+-]+)re");
  std::set<std::string> families;
  std::string current;
  for (std::string line; std::getline(lines, line);) {
    if (line[0] == '#') {
      ASSERT_THAT(line, help);
      current = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(current).second) << "twice: " << current;
      ASSERT_TRUE(std::getline(lines, line));
      ASSERT_THAT(line, type);
      ASSERT_THAT(line, StartsWith("# TYPE " + current + " "));
      const bool counter = line.substr(8 + current.size()) == "counter";
      EXPECT_EQ(counter, Matches(EndsWith("_total"))(current)) << line;
    } else {
      ASSERT_THAT(line, sample);
      const std::string name = line.substr(0, line.find_first_of("{ "));
      EXPECT_THAT(name, AnyOf(current, current + "_bucket", current + "_sum", current + "_count"));
    }
  }
  EXPECT_EQ(families.size(), 30u);
}

TEST(Metrics, EveryOneIsDocumented) {
  std::ifstream file(MKB_METRICS_DOC);
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  const Snapshot snapshot = both_directions();
  for (const auto& family : metric_families(snapshot, {})) {
    EXPECT_THAT(document, HasSubstr("`" + family.name + "`"));
    for (const auto& metric : family.metric) {
      for (const auto& label : metric.label) {
        EXPECT_THAT(document, HasSubstr("`" + label.name + "`"));
        if (label.name == "reason" || label.name == "kind") {
          EXPECT_THAT(document, HasSubstr("\n| `" + label.value + "` | "));
        }
      }
    }
  }
}

}  // namespace
}  // namespace mkb::dataplane
