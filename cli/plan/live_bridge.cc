#include "cli/plan/live_bridge.h"

#include <utility>

#include "api/yaml_codec.h"
#include "operator/reconcile/bridge_identity.h"
#include "operator/reconcile/records.h"

namespace mkb::cli {

using nlohmann::json;

Result<LiveBridge> read_live_bridge(const json& bridge, const std::vector<json>& config_maps) {
  const auto identity = reconcile::BridgeIdentity::of(bridge);
  LiveBridge live;
  std::string recorded;
  for (const json& config_map : config_maps) {
    const std::string name = config_map.value(json::json_pointer("/metadata/name"), "");
    if (name == identity.routes() && reconcile::is_as_applied(identity, config_map)) {
      live.record = reconcile::record_of(config_map);
      live.record_known = true;
      recorded = reconcile::bridge_text_of(config_map);
    }
    const int ordinal = identity.ordinal(name);
    if (ordinal < 0) continue;
    if (auto assignment = reconcile::assignment_of(config_map)) {
      live.assignments[ordinal] = std::move(*assignment);
    }
  }
  auto outcome = api::parse_bridge(reconcile::resource_text(bridge), "");
  live.spec_problems = std::move(outcome.problems);
  // The operator goes on by what was valid last, and so does this.
  if (!outcome.spec && !recorded.empty()) outcome = api::parse_bridge(recorded, "");
  if (!outcome.spec) {
    return Error(LiveBridgeError::kNoValidSpec,
                 "there is no valid spec:\n" + api::render(live.spec_problems));
  }
  live.spec = std::move(*outcome.spec);
  return live;
}

}  // namespace mkb::cli
