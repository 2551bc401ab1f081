#include "operator/bridge_state.h"

namespace mkb::operators {
namespace {

using nlohmann::json;

const json& member(const json& object, const char* name) {
  static const json nothing;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : nothing;
}

std::string text(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace

BridgeState BridgeState::of(const json& bridge) {
  const json& metadata = member(bridge, "metadata");
  BridgeState state{text(member(metadata, "namespace")), text(member(metadata, "name")), false, 0};
  const json& replicas = member(member(bridge, "spec"), "replicas");
  if (replicas.is_number_integer()) state.replicas = replicas.get<int>();
  const json& conditions = member(member(bridge, "status"), "conditions");
  if (!conditions.is_array()) return state;
  for (const json& condition : conditions) {
    if (text(member(condition, "type")) == "Ready") state.ready = text(member(condition, "status")) == "True";
  }
  return state;
}

}  // namespace mkb::operators
