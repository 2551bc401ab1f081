#include "e2e/demo/cluster_view.h"

#include <fmt/format.h>

#include "api/assignment.h"
#include "e2e/demo/grouped.h"

namespace mkb::demo {
namespace {

using nlohmann::json;

// The pods' assignments are named like the pods: mkb-fleet-0.
int ordinal_of(const std::string& name) {
  const auto dash = name.rfind('-');
  return dash == std::string::npos || name.find_first_not_of("0123456789", dash + 1) != std::string::npos
             ? -1
             : std::atoi(name.c_str() + dash + 1);
}

std::string shards_of_pods(const ClusterSample& sample) {
  std::string text;
  for (const auto& [ordinal, count] : sample.owned) text += fmt::format("  {}: {:<2}", ordinal, count);
  for (const auto& [ordinal, count] : sample.releases) {
    text += fmt::format("  ({} leaving {})", count, ordinal);
  }
  return text;
}

}  // namespace

void enter(ClusterSample& sample, const json& bridge, const json& config_maps) {
  if (bridge.is_object()) {
    sample.wanted = bridge.value(json::json_pointer("/spec/replicas"), 0);
    sample.ready = bridge.value(json::json_pointer("/status/readyReplicas"), 0);
  }
  for (const json& map : config_maps.value("items", json::array())) {
    const int ordinal = ordinal_of(map["metadata"]["name"]);
    const std::string text =
        map.value(json::json_pointer("/data/" + std::string(api::kAssignmentKey)), std::string());
    const auto assignment = api::parse_assignment(text);
    if (ordinal < 0 || !assignment) continue;
    for (const auto& each : assignment->shards) {
      if (each.duty == api::ShardDuty::kOwn) ++sample.owned[ordinal];
      if (each.duty == api::ShardDuty::kRelease) ++sample.releases[ordinal];
    }
  }
}

std::string ClusterView::render(const ClusterSample& sample) {
  const double elapsed = sample.seconds - last_.seconds;
  const double rate = elapsed > 0 && sample.in_kafka >= last_.in_kafka
                          ? static_cast<double>(sample.in_kafka - last_.in_kafka) / elapsed
                          : 0;
  std::string text;
  if (!started_) {
    text = fmt::format("{:>7} {:>10} {:>10} {:>7} {:>6}   {}\n", "time", "sent", "in Kafka", "msg/s", "pods",
                       "shards of each pod");
  }
  text += fmt::format("{:>5.0f} s {:>10} {:>10} {:>7.0f} {:>6} {}\n", sample.seconds, grouped(sample.sent),
                      grouped(sample.in_kafka), rate, fmt::format("{}/{}", sample.ready, sample.wanted),
                      shards_of_pods(sample));
  started_ = true;
  last_ = sample;
  return text;
}

}  // namespace mkb::demo
