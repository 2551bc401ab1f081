#include "operator/reconcile/route_totals.h"

#include <algorithm>

#include "operator/reconcile/cut_text.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

/// As the resource's schema bounds it.
constexpr std::size_t kMaxLastError = 2048;

json totals_of(const std::string& name, const char* direction, const std::vector<PodFacts>& pods) {
  api::RouteTotals sum;
  for (const PodFacts& pod : pods) {
    if (!pod.report || !pod.alive) continue;
    const auto found = std::find_if(pod.report->routes.begin(), pod.report->routes.end(),
                                    [&name](const auto& each) { return each.name == name; });
    if (found == pod.report->routes.end()) continue;
    sum.received += found->received;
    sum.delivered += found->delivered;
    sum.filtered += found->filtered;
    sum.dead_lettered += found->dead_lettered;
    sum.dropped += found->dropped;
    sum.in_flight += found->in_flight;
    sum.lag += found->lag;
    if (sum.last_error.empty()) sum.last_error = cut_text(found->last_error, kMaxLastError);
  }
  json entry{{"name", name},
             {"direction", direction},
             {"received", sum.received},
             {"delivered", sum.delivered},
             {"filtered", sum.filtered},
             {"deadLettered", sum.dead_lettered},
             {"dropped", sum.dropped},
             {"inFlight", sum.in_flight}};
  if (std::string_view(direction) == "KafkaToMqtt") entry["lag"] = sum.lag;
  if (!sum.last_error.empty()) entry["lastError"] = sum.last_error;
  return entry;
}

}  // namespace

json route_totals(const api::BridgeSpec& spec, const std::vector<PodFacts>& pods) {
  json routes = json::array();
  for (const auto& route : spec.mqtt_to_kafka) routes.push_back(totals_of(route.name, "MqttToKafka", pods));
  for (const auto& route : spec.kafka_to_mqtt) routes.push_back(totals_of(route.name, "KafkaToMqtt", pods));
  return routes;
}

}  // namespace mkb::reconcile
