#include "dataplane/admin/status_json.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "dataplane/admin/latency_quantile.h"
#include "dataplane/admin/readiness.h"

namespace mkb::dataplane {
namespace {

using Json = nlohmann::ordered_json;  // people read it too, so keys stay in the fields' order

Json quantile(const LatencyHistogram& histogram, double q) {
  const std::optional<double> millis = quantile_millis(histogram, q);
  return millis ? Json(*millis) : Json(nullptr);
}

Json latency_json(const LatencyHistogram& latency) {
  Json buckets = Json::array();
  for (std::size_t i = 0; i < latency.buckets.size(); ++i) {
    const bool bounded = i < kLatencyBoundsMicros.size();
    buckets.push_back({{"le_ms", bounded ? Json(kLatencyBoundsMicros[i] / 1e3) : Json(nullptr)},
                       {"count", latency.buckets[i]}});
  }
  return {{"count", latency.count},
          {"sum_seconds", latency.sum_seconds},
          {"p50_ms", quantile(latency, 0.5)},
          {"p99_ms", quantile(latency, 0.99)},
          {"p999_ms", quantile(latency, 0.999)},
          {"buckets", std::move(buckets)}};
}

Json dropped_json(const RouteSnapshot& route) {
  Json dropped = Json::object();
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    dropped[drop_reason_name(static_cast<DropReason>(i))] = route.dropped[i];
  }
  return dropped;
}

Json errors_json(const std::map<std::string, std::uint64_t>& errors) {
  Json object = Json::object();
  for (const auto& [name, count] : errors) {
    object[name] = count;
  }
  return object;
}

Json route_json(const RouteSnapshot& route) {
  return {{"name", route.name},
          {"direction", route.direction},
          {"filters", route.filters},
          {"target", route.target},
          {"received", route.received},
          {"delivered", route.delivered},
          {"filtered", route.filtered},
          {"dead_lettered", route.dead_lettered},
          {"dropped", dropped_json(route)},
          {"in_flight", route.in_flight},
          {"blocked", route.blocked},
          {"parked", route.parked},
          {"retries", route.retries},
          {"partitions", route.partitions},
          {"lag", route.lag},
          {"received_bytes", route.received_bytes},
          {"last_error", route.last_error},
          {"last_error_unix_ms", route.last_error_unix_ms},
          {"latency", latency_json(route.latency)}};
}

Json session_json(const SessionSnapshot& session) {
  return {{"shard", session.shard},
          {"client_id", session.client_id},
          {"server", session.server},
          {"state", session.state},
          {"ready", session.ready},
          {"filters", session.filters},
          {"in_flight", session.in_flight},
          {"connects", session.connects},
          {"sessions_lost", session.sessions_lost},
          {"duplicates_suppressed", session.duplicates_suppressed},
          {"unrouted", session.unrouted},
          {"errors", errors_json(session.errors)},
          {"last_error", session.last_error},
          {"last_error_unix_ms", session.last_error_unix_ms}};
}

Json publisher_json(const PublisherSnapshot& publisher) {
  return {{"route", publisher.route},
          {"client_id", publisher.client_id},
          {"server", publisher.server},
          {"connected", publisher.connected},
          {"group_id", publisher.group_id},
          {"in_group", publisher.in_group},
          {"connects", publisher.connects},
          {"last_error", publisher.last_error},
          {"last_error_unix_ms", publisher.last_error_unix_ms}};
}

Json kafka_json(const KafkaSnapshot& kafka) {
  return {{"reachable", kafka.reachable},
          {"brokers", kafka.brokers},
          {"last_error", kafka.last_error},
          {"last_error_unix_ms", kafka.last_error_unix_ms},
          {"queue_messages", kafka.queue_messages},
          {"paused", kafka.paused},
          {"pauses", kafka.pauses},
          {"producer_restarts", kafka.producer_restarts},
          {"errors", errors_json(kafka.errors)}};
}

}  // namespace

std::string status_json(const Snapshot& snapshot) {
  const Readiness verdict = readiness(snapshot);
  Json routes = Json::array();
  for (const RouteSnapshot& route : snapshot.routes) {
    routes.push_back(route_json(route));
  }
  Json sessions = Json::array();
  for (const SessionSnapshot& session : snapshot.sessions) {
    sessions.push_back(session_json(session));
  }
  Json publishers = Json::array();
  for (const PublisherSnapshot& publisher : snapshot.publishers) {
    publishers.push_back(publisher_json(publisher));
  }
  const Json status = {{"bridge", snapshot.bridge},          {"version", snapshot.version},
                       {"unix_ms", snapshot.unix_ms},        {"uptime_seconds", snapshot.uptime_seconds},
                       {"draining", snapshot.draining},      {"ready", verdict.ready},
                       {"not_ready", verdict.reasons},       {"routes", std::move(routes)},
                       {"sessions", std::move(sessions)},    {"publishers", std::move(publishers)},
                       {"kafka", kafka_json(snapshot.kafka)}};
  return status.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mkb::dataplane
