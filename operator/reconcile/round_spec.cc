#include <algorithm>

#include "api/yaml_codec.h"
#include "operator/planner/shard_planning.h"
#include "operator/reconcile/records.h"
#include "operator/reconcile/round.h"

namespace mkb::reconcile {
namespace {

using nlohmann::json;

constexpr Duration kSecretsPeriod = std::chrono::seconds(30);
/// A condition's message is for people: the first problems are enough.
constexpr std::size_t kMostProblems = 10;

std::string text_of(const std::vector<api::Problem>& problems) {
  std::string text;
  for (std::size_t i = 0; i < problems.size() && i < kMostProblems; ++i) {
    api::Problem problem = problems[i];
    // A resource that came through the API has no file and no lines.
    problem.file.clear();
    problem.at = {};
    text += (text.empty() ? "" : "; ") + api::render(problem);
  }
  if (problems.size() > kMostProblems)
    text += "; and " + std::to_string(problems.size() - kMostProblems) + " more";
  return text;
}

}  // namespace

void Round::accept_spec() {
  const auto last = last_in_force();
  record_known_ = last.has_value();
  if (last) record_ = last->record;
  // Pods that run go on by what was valid last.
  if (take_spec(resource_text(bridge_), true) || (last && take_spec(last->bridge, false))) {
    memory_.in_force = BridgeMemory::InForce{in_force_.dump(), record_};
  }
}

std::optional<BridgeMemory::InForce> Round::last_in_force() {
  if (memory_.in_force) return memory_.in_force;
  auto routes =
      ports_.caches.of(kube::kConfigMaps).find(kube::object_key(identity_.name_space, identity_.routes()));
  if (!routes) {
    auto there = ports_.client.get(kube::kConfigMaps, identity_.name_space, identity_.routes(), ports_.stop);
    if (there) routes = std::move(*there);
  }
  // Only what the operator itself wrote tells which sessions have messages of which filters.
  if (!routes || !is_as_applied(identity_, *routes)) return std::nullopt;
  return BridgeMemory::InForce{bridge_text_of(*routes), record_of(*routes)};
}

bool Round::take_spec(const std::string& text, bool current) {
  api::ParseOutcome outcome = api::parse_bridge(text, "");
  if (!outcome.spec) {
    if (current) stall_ = Stall{"InvalidSpec", text_of(outcome.problems)};
    return false;
  }
  auto plan = planner::pack_filters(*outcome.spec, record_);
  if (!plan) {
    if (current) stall_ = Stall{"InvalidSpec", plan.error().message()};
    return false;
  }
  json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return false;
  record_ = std::move(plan->record);
  spec_ = std::move(outcome.spec);
  in_force_ = std::move(parsed);
  current_ = current;
  return true;
}

void Round::read_secrets() {
  secrets_ = secrets_of(*spec_);
  const bool same = memory_.secrets.size() == secrets_.size() &&
                    std::all_of(secrets_.begin(), secrets_.end(), [this](const SecretUse& use) {
                      const auto found = memory_.secrets.find(use.name);
                      return found != memory_.secrets.end() && found->second;
                    });
  if (!same || !memory_.secrets_read || now_ - *memory_.secrets_read >= kSecretsPeriod) {
    SecretVersions versions;
    for (const SecretUse& use : secrets_) {
      auto metadata = ports_.client.get_metadata(kube::kSecrets, identity_.name_space, use.name, ports_.stop);
      if (metadata) {
        versions[use.name] = metadata->value(json::json_pointer("/metadata/resourceVersion"), "");
      } else if (metadata.error().is(kube::ApiError::kNotFound)) {
        versions[use.name] = std::nullopt;
      } else {
        failed(metadata.error());
        secrets_known_ = false;
        return;
      }
    }
    memory_.secrets = std::move(versions);
    memory_.secrets_read = now_;
  }
  if (secrets_.empty()) return;
  check_in(kSecretsPeriod);
  for (const SecretUse& use : secrets_) {
    if (memory_.secrets.at(use.name)) continue;
    secrets_known_ = false;
    check_in(std::chrono::seconds(5));
    if (!stall_)
      stall_ = Stall{"SecretNotFound", use.field + ": there is no Secret '" + use.name + "' in namespace " +
                                           identity_.name_space};
  }
}

}  // namespace mkb::reconcile
