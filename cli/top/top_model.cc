#include "cli/top/top_model.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "operator/reconcile/bridge_identity.h"

namespace mkb::cli {
namespace {

using nlohmann::json;

/// A report that is older by the wall clock is that of a pod which is no more. So generous because clocks of
/// machines differ.
/// How often the operator brings a status up to date whose bridge does not change.
constexpr std::int64_t kTotalsPeriodMs = 10'000;
constexpr std::int64_t kOldest = 60'000;

void add(api::RouteTotals& sum, const api::RouteTotals& more) {
  sum.received += more.received;
  sum.delivered += more.delivered;
  sum.filtered += more.filtered;
  sum.dead_lettered += more.dead_lettered;
  sum.dropped += more.dropped;
  sum.in_flight += more.in_flight;
  sum.lag += more.lag;
  if (sum.last_error.empty()) sum.last_error = more.last_error;
}

void add(std::optional<RouteRates>& sum, const std::optional<RouteRates>& more) {
  if (!more) return;
  if (!sum) sum.emplace();
  *sum += *more;
}

}  // namespace

TopModel::Pod TopModel::look_at(PodReading reading, const json& lease, TimePoint now, std::int64_t unix_ms) {
  Pod pod;
  pod.source = reading.name_space + "/" + reading.name + "/" + reading.uid;
  leases_.observe(pod.source, lease, now);
  const auto renewed = leases_.renewed_at(pod.source);
  pod.silent = !renewed || now - *renewed >= std::chrono::seconds(reading.duration_s) ||
               unix_ms - reading.renewed_ms > kOldest;
  rates_.observe(pod.source, reading.renewed_ms, reading.report.routes);
  pod.reading = std::move(reading);
  return pod;
}

std::vector<BridgeLines> TopModel::update(const TopReading& reading, TimePoint now, std::int64_t unix_ms) {
  std::map<std::pair<std::string, std::string>, std::vector<Pod>> pods;
  incomplete_ = false;
  for (const json& lease : reading.leases.value_or(std::vector<json>())) {
    auto pod = read_pod_lease(lease);
    if (!pod) continue;
    Pod seen = look_at(std::move(*pod), lease, now, unix_ms);
    incomplete_ = incomplete_ || (!seen.silent && !rates_.known(seen.source));
    pods[{seen.reading.name_space, seen.reading.bridge}].push_back(std::move(seen));
  }
  std::vector<BridgeLines> all;
  for (const json& object : reading.bridges) {
    BridgeReading bridge = read_bridge(object);
    if (!reading.leases) {
      all.push_back(lines_by_status(std::move(bridge)));
      continue;
    }
    std::vector<Pod>& its = pods[{bridge.name_space, bridge.name}];
    const reconcile::BridgeIdentity identity{bridge.name, bridge.name_space, ""};
    std::sort(its.begin(), its.end(), [&identity](const Pod& a, const Pod& b) {
      return identity.ordinal(a.reading.name) < identity.ordinal(b.reading.name);
    });
    all.push_back(lines_by_pods(std::move(bridge), its, unix_ms));
  }
  return all;
}

BridgeLines TopModel::lines_by_pods(BridgeReading bridge, const std::vector<Pod>& pods,
                                    std::int64_t unix_ms) const {
  BridgeLines lines;
  for (const RouteReading& route : bridge.routes) {
    RouteLine line;
    line.totals.name = route.totals.name;
    line.from_kafka = route.from_kafka;
    for (const Pod& pod : pods) {
      if (pod.silent) continue;
      for (const api::RouteTotals& each : pod.reading.report.routes) {
        if (each.name != route.totals.name) continue;
        add(line.totals, each);
        add(line.rates, rates_.rates(pod.source, each.name));
      }
    }
    lines.routes.push_back(std::move(line));
  }
  for (const Pod& pod : pods) {
    PodLine line;
    line.name = pod.reading.name;
    line.shards = pod.reading.report.held.size();
    line.epoch = pod.reading.report.epoch;
    line.age_ms = unix_ms - pod.reading.renewed_ms;
    line.silent = pod.silent;
    line.problem = pod.reading.report.problem;
    for (const api::RouteTotals& each : pod.reading.report.routes) {
      if (!pod.silent) add(line.rates, rates_.rates(pod.source, each.name));
    }
    lines.pods.push_back(std::move(line));
  }
  lines.bridge = std::move(bridge);
  return lines;
}

BridgeLines TopModel::lines_by_status(BridgeReading bridge) {
  BridgeLines lines;
  const std::string source = bridge.name_space + "/" + bridge.name;
  std::vector<api::RouteTotals> totals;
  for (const RouteReading& route : bridge.routes) totals.push_back(route.totals);
  if (bridge.written_ms) {
    StatusSample& last = status_samples_[source];
    if (totals != last.totals || *bridge.written_ms - last.written_ms >= kTotalsPeriodMs) {
      rates_.observe(source, *bridge.written_ms, totals);
      last = {*bridge.written_ms, totals};
    }
  }
  for (const RouteReading& route : bridge.routes) {
    lines.routes.push_back({route.totals, route.from_kafka, rates_.rates(source, route.totals.name)});
  }
  lines.bridge = std::move(bridge);
  return lines;
}

}  // namespace mkb::cli
