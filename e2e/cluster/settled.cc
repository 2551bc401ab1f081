#include "e2e/cluster/settled.h"

#include <map>
#include <string>

namespace mkb::e2e {

using nlohmann::json;

bool is_settled(const json& bridge, int pods) {
  if (!bridge.is_object() || !bridge.contains("status")) return false;
  const json& status = bridge["status"];
  std::map<std::string, std::string> conditions;
  for (const json& each : status.value("conditions", json::array())) {
    conditions[each["type"]] = each["status"];
  }
  return conditions["Ready"] == "True" && conditions["Reconciling"] == "False" &&
         status.value("replicas", -1) == pods && status.value("readyReplicas", -1) == pods &&
         status.value(json::json_pointer("/shards/moving"), -1) == 0 &&
         status.value("observedGeneration", -1) == bridge["metadata"].value("generation", -2);
}

}  // namespace mkb::e2e
