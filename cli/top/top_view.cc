#include "cli/top/top_view.h"

#include <fmt/format.h>

#include "cli/text_table.h"

namespace mkb::cli {
namespace {

constexpr const char* kHome = "\x1B[H";
constexpr const char* kClearLine = "\x1B[K";
constexpr const char* kClearBelow = "\x1B[J";

std::string rate_text(const std::optional<RouteRates>& rates, double RouteRates::*which) {
  if (!rates) return "-";
  const double value = (*rates).*which;
  return fmt::format("{:.{}f}", value, value < 100 ? 1 : 0);
}

std::string age_text(std::int64_t age_ms, bool silent) {
  const std::int64_t seconds = age_ms < 0 ? 0 : age_ms / 1000;
  const std::string age =
      seconds < 600 ? fmt::format("{} s ago", seconds) : fmt::format("{} min ago", seconds / 60);
  return silent ? age + ", silent" : age;
}

std::string header(const BridgeReading& bridge) {
  std::string text = fmt::format("{}/{}  {}", bridge.name_space, bridge.name, bridge.phase);
  if (!bridge.message.empty()) text += ": " + bridge.message;
  text +=
      fmt::format("\npods {}/{}  shards {}/{}", bridge.ready, bridge.wanted, bridge.assigned, bridge.shards);
  if (bridge.moving > 0) text += fmt::format(", {} moving", bridge.moving);
  return text + "\n";
}

std::string routes_text(const std::vector<RouteLine>& routes) {
  TextTable table({{"ROUTE"},
                   {"TO"},
                   {"IN/S", Align::kRight},
                   {"OUT/S", Align::kRight},
                   {"RECEIVED", Align::kRight},
                   {"DELIVERED", Align::kRight},
                   {"IN FLIGHT", Align::kRight},
                   {"LAG", Align::kRight},
                   {"DROPPED", Align::kRight},
                   {"DEAD", Align::kRight},
                   {"LAST ERROR"}});
  for (const RouteLine& route : routes) {
    const api::RouteTotals& totals = route.totals;
    table.add_row({totals.name, route.from_kafka ? "MQTT" : "Kafka",
                   rate_text(route.rates, &RouteRates::received),
                   rate_text(route.rates, &RouteRates::delivered), std::to_string(totals.received),
                   std::to_string(totals.delivered), std::to_string(totals.in_flight),
                   route.from_kafka ? std::to_string(totals.lag) : "-", std::to_string(totals.dropped),
                   std::to_string(totals.dead_lettered), totals.last_error});
  }
  return table.empty() ? "" : "\n" + table.text();
}

std::string pods_text(const std::vector<PodLine>& pods) {
  TextTable table({{"POD"},
                   {"SHARDS", Align::kRight},
                   {"EPOCH", Align::kRight},
                   {"IN/S", Align::kRight},
                   {"OUT/S", Align::kRight},
                   {"REPORTED"},
                   {"PROBLEM"}});
  for (const PodLine& pod : pods) {
    table.add_row({pod.name, std::to_string(pod.shards), std::to_string(pod.epoch),
                   rate_text(pod.rates, &RouteRates::received), rate_text(pod.rates, &RouteRates::delivered),
                   age_text(pod.age_ms, pod.silent), pod.problem});
  }
  return table.empty() ? "" : "\n" + table.text();
}

}  // namespace

std::string top_text(const std::vector<BridgeLines>& bridges, const std::string& pods_problem) {
  std::string text;
  for (const BridgeLines& each : bridges) {
    if (!text.empty()) text += "\n";
    text += header(each.bridge) + routes_text(each.routes) + pods_text(each.pods);
  }
  if (bridges.empty()) text = "there is no bridge\n";
  if (!pods_problem.empty()) text += "\npods: " + pods_problem + "\n";
  return text;
}

std::string redrawn(const std::string& text, std::size_t width, std::size_t height) {
  std::string drawn = kHome;
  std::size_t lines = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (height != 0 && ++lines >= height) break;  // the last line is the cursor's
    const std::string line = text.substr(begin, end - begin);
    drawn += (width == 0 ? line : cut_to_width(line, width)) + kClearLine + "\n";
    begin = end + 1;
  }
  return drawn + kClearBelow;
}

}  // namespace mkb::cli
