#include "cli/top/readings.h"

#include <algorithm>
#include <utility>

#include "api/time_text.h"
#include "operator/reconcile/bridge_identity.h"
#include "operator/reconcile/records.h"

namespace mkb::cli {
namespace {

using nlohmann::json;

/// The member of that type, else `otherwise`: the objects come from elsewhere.
template <class T>
T read(const json& object, const char* pointer, T otherwise) {
  const json::json_pointer where(pointer);
  if (!object.contains(where)) return otherwise;
  const json& value = object.at(where);
  if constexpr (std::is_same_v<T, std::string>) {
    return value.is_string() ? value.get<T>() : std::move(otherwise);
  } else {
    return value.is_number_integer() ? value.get<T>() : otherwise;
  }
}

json list_at(const json& object, const char* pointer) {
  const json::json_pointer where(pointer);
  return object.contains(where) && object.at(where).is_array() ? object.at(where) : json::array();
}

struct ConditionReading {
  bool status = false;
  std::string reason;
  std::string message;
};

std::optional<ConditionReading> condition(const json& bridge, const std::string& type) {
  for (const json& each : list_at(bridge, "/status/conditions")) {
    if (read<std::string>(each, "/type", "") != type) continue;
    return ConditionReading{read<std::string>(each, "/status", "") == "True",
                            read<std::string>(each, "/reason", ""), read<std::string>(each, "/message", "")};
  }
  return std::nullopt;
}

std::pair<std::string, std::string> phase_of(const json& bridge) {
  const auto ready = condition(bridge, "Ready");
  const auto reconciling = condition(bridge, "Reconciling");
  const auto stalled = condition(bridge, "Stalled");
  if (bridge.contains(json::json_pointer("/metadata/deletionTimestamp"))) {
    return {"Ending", ready ? ready->message : ""};
  }
  if (!ready) return {"New", "the operator has not looked at it yet"};
  if (stalled && stalled->status) return {"Stalled", stalled->reason + ": " + stalled->message};
  if (reconciling && reconciling->reason == "Paused") return {"Paused", reconciling->message};
  if (!ready->status) return {"NotReady", ready->message};
  if (reconciling && reconciling->status) return {"Progressing", reconciling->message};
  return {"Ready", ready->message};
}

/// When the status was last written: of a server-side apply the server notes the time.
std::optional<std::int64_t> status_time(const json& bridge) {
  std::optional<std::int64_t> newest;
  for (const json& entry : list_at(bridge, "/metadata/managedFields")) {
    if (read<std::string>(entry, "/subresource", "") != "status") continue;
    const auto time = api::parse_time(read<std::string>(entry, "/time", ""));
    if (time && (!newest || *newest < *time)) newest = time;
  }
  return newest;
}

RouteReading read_route(const json& route) {
  RouteReading reading;
  reading.from_kafka = read<std::string>(route, "/direction", "") == "KafkaToMqtt";
  reading.totals.name = read<std::string>(route, "/name", "");
  const auto count = [&route](const char* pointer) { return read<std::uint64_t>(route, pointer, 0); };
  reading.totals.received = count("/received");
  reading.totals.delivered = count("/delivered");
  reading.totals.filtered = count("/filtered");
  reading.totals.dead_lettered = count("/deadLettered");
  reading.totals.dropped = count("/dropped");
  reading.totals.in_flight = count("/inFlight");
  reading.totals.lag = count("/lag");
  reading.totals.last_error = read<std::string>(route, "/lastError", "");
  return reading;
}

}  // namespace

BridgeReading read_bridge(const json& bridge) {
  BridgeReading reading;
  reading.name = read<std::string>(bridge, "/metadata/name", "");
  reading.name_space = read<std::string>(bridge, "/metadata/namespace", "");
  std::tie(reading.phase, reading.message) = phase_of(bridge);
  reading.wanted = read(bridge, "/spec/replicas", 1);
  reading.ready = read(bridge, "/status/readyReplicas", 0);
  reading.shards = read(bridge, "/status/shards/total", 0);
  reading.assigned = read(bridge, "/status/shards/assigned", 0);
  reading.moving = read(bridge, "/status/shards/moving", 0);
  for (const json& route : list_at(bridge, "/status/routes")) reading.routes.push_back(read_route(route));
  reading.written_ms = status_time(bridge);
  return reading;
}

std::optional<PodReading> read_pod_lease(const json& lease) {
  PodReading reading;
  reading.name = read<std::string>(lease, "/metadata/name", "");
  reading.name_space = read<std::string>(lease, "/metadata/namespace", "");
  reading.bridge = read<std::string>(lease, "/metadata/labels/app.kubernetes.io~1instance", "");
  reading.uid = read<std::string>(lease, "/spec/holderIdentity", "");
  reading.duration_s =
      std::clamp<std::int64_t>(read<std::int64_t>(lease, "/spec/leaseDurationSeconds", 10), 3, 60);
  const auto renewed = api::parse_time(read<std::string>(lease, "/spec/renewTime", ""));
  auto report = reconcile::report_of(lease);
  const reconcile::BridgeIdentity identity{reading.bridge, reading.name_space, ""};
  if (identity.ordinal(reading.name) < 0 || !renewed || !report) return std::nullopt;
  reading.renewed_ms = *renewed;
  reading.report = std::move(*report);
  return reading;
}

}  // namespace mkb::cli
