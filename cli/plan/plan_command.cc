#include "cli/plan/plan_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "api/yaml_codec.h"
#include "cli/exit_code.h"
#include "cli/input_text.h"
#include "cli/plan/plan_view.h"
#include "kube/resource_kind.h"

namespace mkb::cli {
namespace {

/// Plans one scaling after the other; `from` is how many pods there are now, if there are any.
Result<std::vector<PlannedScaling>> plan_all(ShardScenario& scenario, std::optional<int> from,
                                             const std::vector<int>& replicas) {
  std::vector<PlannedScaling> scalings;
  for (const int count : replicas) {
    auto plan = scenario.scale_to(count);
    if (!plan) return plan.error();
    scalings.push_back({from, std::move(*plan)});
    from = count;
  }
  return scalings;
}

void print(const std::string& before, const api::BridgeSpec& spec,
           const std::vector<PlannedScaling>& scalings) {
  std::vector<std::string> sections = {before};
  for (const PlannedScaling& scaling : scalings) sections.push_back(moves_text(spec.name, scaling));
  sections.push_back(plan_text(spec.name, spec, scalings.back().plan));
  sections.erase(std::remove(sections.begin(), sections.end(), ""), sections.end());
  std::printf("%s", fmt::format("{}", fmt::join(sections, "\n")).c_str());
}

int plan_file(const PlanOptions& options) {
  const auto text = read_input(options.file);
  if (!text) return cannot(text.error());
  auto outcome = api::parse_bridge(*text, input_name(options.file));
  if (!outcome.spec) {
    std::fputs(api::render(outcome.problems).c_str(), stderr);
    return kProblems;
  }
  std::vector<int> replicas = options.replicas;
  if (replicas.empty()) replicas.push_back(outcome.spec->replicas);
  ShardScenario scenario(*outcome.spec, {}, {});
  if (options.from) {
    if (const auto before = scenario.scale_to(*options.from); !before) {
      std::fprintf(stderr, "%s: %s\n", input_name(options.file).c_str(), before.error().message().c_str());
      return kProblems;
    }
  }
  const auto scalings = plan_all(scenario, options.from, replicas);
  if (!scalings) {
    std::fprintf(stderr, "%s: %s\n", input_name(options.file).c_str(), scalings.error().message().c_str());
    return kProblems;
  }
  if (options.json) {
    std::printf("%s\n", plan_json(*outcome.spec, *scalings)
                            .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                            .c_str());
  } else {
    print("", *outcome.spec, *scalings);
  }
  return kOk;
}

int plan_live(const PlanOptions& options) {
  auto access = ApiAccess::open(options.access);
  if (!access) return cannot(access.error());
  ApiAccess& api = **access;
  const auto bridge = api.client().get(kube::kBridges, api.name_space(), options.name);
  if (!bridge) return cannot(bridge.error());
  const auto config_maps = api.list(kube::kConfigMaps, "app.kubernetes.io/instance=" + options.name);
  if (!config_maps) return cannot(config_maps.error());
  const auto live = read_live_bridge(*bridge, *config_maps);
  if (!live) {
    std::fprintf(stderr, "%s/%s: %s\n", api.name_space().c_str(), options.name.c_str(),
                 live.error().message().c_str());
    return kProblems;
  }
  if (!live->spec_problems.empty()) {
    std::fprintf(stderr, "the newest spec is not valid, the one before it is in force:\n%s",
                 api::render(live->spec_problems).c_str());
  }
  std::vector<int> replicas = options.replicas;
  if (replicas.empty()) replicas.push_back(live->spec.replicas);
  ShardScenario scenario(live->spec, live->record, live->assignments, live->record_known);
  const std::optional<int> pods =
      live->assignments.empty() ? std::nullopt : std::optional(static_cast<int>(live->assignments.size()));
  const auto scalings = plan_all(scenario, pods, replicas);
  if (!scalings) return cannot(scalings.error());
  if (options.json) {
    std::printf("%s\n", plan_json(live->spec, *scalings)
                            .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                            .c_str());
  } else {
    print(present_text(*live), live->spec, *scalings);
  }
  return kOk;
}

}  // namespace

int run_plan(const PlanOptions& options) {
  return options.file.empty() ? plan_live(options) : plan_file(options);
}

}  // namespace mkb::cli
