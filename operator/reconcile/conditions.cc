#include "operator/reconcile/conditions.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "operator/reconcile/cut_text.h"

namespace mkb::reconcile {

using nlohmann::json;

std::string kubernetes_time(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

std::optional<std::int64_t> unix_ms_of(std::string_view time) {
  std::tm parts{};
  const std::string text(time);
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return static_cast<std::int64_t>(timegm(&parts)) * 1000;
}

void set_condition(json& conditions, const Condition& condition, std::int64_t generation,
                   std::int64_t unix_ms) {
  if (!conditions.is_array()) conditions = json::array();
  json entry{
      {"type", condition.type},           {"status", condition.status ? "True" : "False"},
      {"reason", condition.reason},       {"message", cut_text(condition.message, kMaxConditionMessage)},
      {"observedGeneration", generation}, {"lastTransitionTime", kubernetes_time(unix_ms)}};
  const auto found = std::find_if(conditions.begin(), conditions.end(), [&condition](const json& each) {
    return each.value("type", "") == condition.type;
  });
  if (found == conditions.end()) {
    conditions.push_back(std::move(entry));
    return;
  }
  if (found->value("status", "") == entry["status"] && found->contains("lastTransitionTime")) {
    entry["lastTransitionTime"] = (*found)["lastTransitionTime"];
  }
  *found = std::move(entry);
}

}  // namespace mkb::reconcile
