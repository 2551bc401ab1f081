#include "dataplane/admin/metrics.h"

#include <prometheus/text_serializer.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

#include "dataplane/admin/clean_text.h"

namespace mkb::dataplane {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

/// A metric that is one count of a route or a session.
template <class Owner>
struct CountMetric {
  const char* name;
  const char* help;
  MetricType type;
  std::uint64_t Owner::*count;
};

constexpr std::array<CountMetric<RouteSnapshot>, 9> kRouteMetrics = {{
    {"mkb_messages_received_total", "Messages that a route took from its source.", MetricType::Counter,
     &RouteSnapshot::received},
    {"mkb_messages_delivered_total", "Messages that the route's target has acknowledged.",
     MetricType::Counter, &RouteSnapshot::delivered},
    {"mkb_messages_filtered_total", "Messages that the route's transform discarded on purpose.",
     MetricType::Counter, &RouteSnapshot::filtered},
    {"mkb_messages_dead_lettered_total", "Messages that the dead-letter topic has acknowledged.",
     MetricType::Counter, &RouteSnapshot::dead_lettered},
    {"mkb_messages_in_flight", "Messages received and not yet delivered, filtered, dead-lettered or dropped.",
     MetricType::Gauge, &RouteSnapshot::in_flight},
    {"mkb_messages_blocked", "Of the messages in flight, those held because they can never be delivered.",
     MetricType::Gauge, &RouteSnapshot::blocked},
    {"mkb_messages_parked", "Of the messages in flight, those waiting to be tried again.", MetricType::Gauge,
     &RouteSnapshot::parked},
    {"mkb_retries_total", "Records sent again after a failure, without librdkafka's own retries.",
     MetricType::Counter, &RouteSnapshot::retries},
    {"mkb_received_bytes_total", "Payload bytes of the messages received.", MetricType::Counter,
     &RouteSnapshot::received_bytes},
}};

constexpr std::array<CountMetric<SessionSnapshot>, 5> kSessionMetrics = {{
    {"mkb_mqtt_connects_total", "MQTT connections that the broker accepted.", MetricType::Counter,
     &SessionSnapshot::connects},
    {"mkb_mqtt_sessions_lost_total",
     "Connections where the broker had lost the session (Session Present 0 where 1 was expected).",
     MetricType::Counter, &SessionSnapshot::sessions_lost},
    {"mkb_mqtt_in_flight", "QoS 1 and 2 messages received whose acknowledgement is withheld.",
     MetricType::Gauge, &SessionSnapshot::in_flight},
    {"mkb_mqtt_duplicates_suppressed_total",
     "QoS 2 redeliveries recognised by their packet identifier and not passed on.", MetricType::Counter,
     &SessionSnapshot::duplicates_suppressed},
    {"mkb_mqtt_unrouted_total", "Messages that match no route, acknowledged and not passed on.",
     MetricType::Counter, &SessionSnapshot::unrouted},
}};

// What IngestSession calls them.
constexpr std::array<const char*, 10> kMqttErrorKinds = {
    "disconnected", "network",   "protocol",   "refused", "secret",
    "session_lost", "subscribe", "taken_over", "timeout", "tls"};

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily result;
  result.name = name;
  result.help = help;
  result.type = type;
  return result;
}

void add(MetricFamily& to, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (to.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  to.metric.push_back(std::move(metric));
}

void add(MetricFamily& to, Labels labels, std::uint64_t value) {
  add(to, std::move(labels), static_cast<double>(value));
}

template <class Value>
MetricFamily single(const char* name, const char* help, MetricType type, Value value) {
  MetricFamily result = family(name, help, type);
  add(result, {}, value);
  return result;
}

Labels with(Labels labels, const char* name, std::string value) {
  labels.push_back({name, std::move(value)});
  return labels;
}

ClientMetric::Histogram histogram(const LatencyHistogram& latency) {
  ClientMetric::Histogram result;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < latency.buckets.size(); ++i) {
    cumulative += latency.buckets[i];
    const double bound = i < kLatencyBoundsMicros.size() ? kLatencyBoundsMicros[i] / 1e6
                                                         : std::numeric_limits<double>::infinity();
    result.bucket.push_back({cumulative, bound});
  }
  result.sample_count = cumulative;  // the format wants it equal to the last bucket
  result.sample_sum = latency.sum_seconds;
  return result;
}

void add_route_families(std::vector<MetricFamily>& families, const std::vector<RouteSnapshot>& routes) {
  std::vector<Labels> labels;
  labels.reserve(routes.size());
  for (const RouteSnapshot& route : routes) {
    labels.push_back({{"route", valid_utf8(route.name)}, {"direction", valid_utf8(route.direction)}});
  }
  for (const auto& metric : kRouteMetrics) {
    MetricFamily counts = family(metric.name, metric.help, metric.type);
    for (std::size_t i = 0; i < routes.size(); ++i) {
      add(counts, labels[i], routes[i].*metric.count);
    }
    families.push_back(std::move(counts));
  }
  MetricFamily dropped =
      family("mkb_messages_dropped_total", "Messages given up, by reason.", MetricType::Counter);
  MetricFamily latency =
      family("mkb_delivery_latency_seconds",
             "Time from receiving a message to the acknowledgement by the target, of delivered messages.",
             MetricType::Histogram);
  for (std::size_t i = 0; i < routes.size(); ++i) {
    for (std::size_t reason = 0; reason < kDropReasons; ++reason) {
      add(dropped, with(labels[i], "reason", drop_reason_name(static_cast<DropReason>(reason))),
          routes[i].dropped[reason]);
    }
    ClientMetric& metric = latency.metric.emplace_back();
    metric.label = labels[i];
    metric.histogram = histogram(routes[i].latency);
  }
  families.push_back(std::move(dropped));
  families.push_back(std::move(latency));
}

void add_session_families(std::vector<MetricFamily>& families, const std::vector<SessionSnapshot>& sessions) {
  std::vector<Labels> labels;
  labels.reserve(sessions.size());
  for (const SessionSnapshot& session : sessions) {
    labels.push_back(
        {{"shard", std::to_string(session.shard)}, {"client_id", valid_utf8(session.client_id)}});
  }
  MetricFamily ready = family("mkb_mqtt_session_ready",
                              "1 when the session is subscribed to all its filters.", MetricType::Gauge);
  MetricFamily errors =
      family("mkb_mqtt_errors_total", "Errors of the MQTT session, by kind.", MetricType::Counter);
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    add(ready, labels[i], sessions[i].ready ? 1.0 : 0.0);
    std::map<std::string, std::uint64_t> by_kind = sessions[i].errors;
    for (const char* kind : kMqttErrorKinds) {
      by_kind.try_emplace(kind, 0);
    }
    for (const auto& [kind, count] : by_kind) {
      add(errors, with(labels[i], "kind", valid_utf8(kind)), count);
    }
  }
  families.push_back(std::move(ready));
  for (const auto& metric : kSessionMetrics) {
    MetricFamily counts = family(metric.name, metric.help, metric.type);
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      add(counts, labels[i], sessions[i].*metric.count);
    }
    families.push_back(std::move(counts));
  }
  families.push_back(std::move(errors));
}

/// Of the routes from Kafka to MQTT.
void add_egress_families(std::vector<MetricFamily>& families, const Snapshot& snapshot) {
  if (snapshot.publishers.empty()) {
    return;
  }
  MetricFamily partitions =
      family("mkb_consumer_partitions", "Kafka partitions assigned to this process.", MetricType::Gauge);
  MetricFamily lag =
      family("mkb_consumer_lag_records",
             "Records of the assigned partitions whose offsets are not committed.", MetricType::Gauge);
  for (const RouteSnapshot& route : snapshot.routes) {
    if (route.direction == "kafka_to_mqtt") {
      add(partitions, {{"route", valid_utf8(route.name)}}, route.partitions);
      add(lag, {{"route", valid_utf8(route.name)}}, route.lag);
    }
  }
  MetricFamily member = family("mkb_consumer_group_member",
                               "1 when the consumer group has told its partitions.", MetricType::Gauge);
  MetricFamily connected =
      family("mkb_publisher_connected", "1 when the route's MQTT client is connected.", MetricType::Gauge);
  MetricFamily connects =
      family("mkb_publisher_connects_total", "Connections of the route's MQTT client.", MetricType::Counter);
  for (const PublisherSnapshot& publisher : snapshot.publishers) {
    const Labels labels = {{"route", valid_utf8(publisher.route)}};
    add(member, with(labels, "group", valid_utf8(publisher.group_id)), publisher.in_group ? 1.0 : 0.0);
    add(connected, with(labels, "client_id", valid_utf8(publisher.client_id)),
        publisher.connected ? 1.0 : 0.0);
    add(connects, with(labels, "client_id", valid_utf8(publisher.client_id)), publisher.connects);
  }
  for (MetricFamily* each : {&partitions, &lag, &member, &connected, &connects}) {
    families.push_back(std::move(*each));
  }
}

void add_kafka_families(std::vector<MetricFamily>& families, const KafkaSnapshot& kafka) {
  families.push_back(
      single("mkb_kafka_reachable", "1 when Kafka answers.", MetricType::Gauge, kafka.reachable ? 1.0 : 0.0));
  families.push_back(single("mkb_kafka_queue_messages",
                            "Records on their way to Kafka, not yet acknowledged.", MetricType::Gauge,
                            kafka.queue_messages));
  families.push_back(single("mkb_kafka_paused",
                            "1 while reading from MQTT is paused because a memory bound is reached.",
                            MetricType::Gauge, kafka.paused ? 1.0 : 0.0));
  families.push_back(single("mkb_kafka_pauses_total",
                            "Times that reading from MQTT paused because a memory bound was reached.",
                            MetricType::Counter, kafka.pauses));
  families.push_back(single("mkb_kafka_producer_restarts_total",
                            "Kafka producers replaced after a fatal error.", MetricType::Counter,
                            kafka.producer_restarts));
  MetricFamily errors =
      family("mkb_kafka_errors_total", "Errors from Kafka, by librdkafka's name.", MetricType::Counter);
  for (const auto& [name, count] : kafka.errors) {
    add(errors, {{"error", valid_utf8(name)}}, count);
  }
  families.push_back(std::move(errors));
}

void add_process_families(std::vector<MetricFamily>& families, const ProcessStats& process) {
  families.push_back(single("process_cpu_seconds_total", "User and system CPU time, of all threads.",
                            MetricType::Counter, process.cpu_seconds));
  families.push_back(single("process_resident_memory_bytes", "Resident memory size.", MetricType::Gauge,
                            process.resident_memory_bytes));
  families.push_back(single("process_start_time_seconds", "Start time of the process since the Unix epoch.",
                            MetricType::Gauge, process.start_time_seconds));
  families.push_back(
      single("process_open_fds", "Open file descriptors.", MetricType::Gauge, process.open_fds));
  families.push_back(single("process_max_fds", "Open file descriptors allowed (the soft limit).",
                            MetricType::Gauge, process.max_fds));
}

}  // namespace

std::vector<MetricFamily> metric_families(const Snapshot& snapshot, const ProcessStats& process) {
  std::vector<MetricFamily> families;
  MetricFamily build = family("mkb_build_info", "1; the label is the running version.", MetricType::Gauge);
  add(build, {{"version", valid_utf8(snapshot.version)}}, 1.0);
  families.push_back(std::move(build));
  add_route_families(families, snapshot.routes);
  add_session_families(families, snapshot.sessions);
  add_egress_families(families, snapshot);
  add_kafka_families(families, snapshot.kafka);
  add_process_families(families, process);
  return families;
}

std::string metrics_text(const Snapshot& snapshot, const ProcessStats& process) {
  return prometheus::TextSerializer().Serialize(metric_families(snapshot, process));
}

}  // namespace mkb::dataplane
