#include "cli/validation.h"

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <memory>
#include <utility>

#include "api/yaml_codec.h"
#include "base/clock.h"
#include "cli/exit_code.h"
#include "cli/input_text.h"
#include "dataplane/bridge.h"
#include "operator/planner/shard_planning.h"

namespace mkb::cli {
namespace {

using nlohmann::json;

/// The same resource for somebody who has no Secrets.
api::BridgeSpec without_secrets(api::BridgeSpec spec) {
  const auto forget = [](api::TlsSpec& tls) {
    tls.ca_secret.reset();
    tls.cert_secret.reset();
  };
  spec.mqtt.auth_secret.reset();
  forget(spec.mqtt.tls);
  spec.kafka.sasl.reset();
  if (spec.kafka.tls) forget(*spec.kafka.tls);
  return spec;
}

/// What only shows when the parts of a bridge are made; empty when all can be.
std::string build_problem(const api::BridgeSpec& spec, const std::string& secrets_directory) {
  if (const auto packed = planner::pack_filters(spec, {}); !packed) return packed.error().message();
  const SystemClock clock;
  boost::asio::io_context io(1);
  const auto bridge = dataplane::Bridge::create(io, secrets_directory.empty() ? without_secrets(spec) : spec,
                                                secrets_directory, "mkbctl", clock);
  return bridge ? "" : bridge.error().message();
}

json problems_json(const std::vector<api::Problem>& problems) {
  json all = json::array();
  for (const api::Problem& problem : problems) {
    all.push_back({{"line", problem.at.line},
                   {"column", problem.at.column},
                   {"path", problem.path},
                   {"message", problem.what},
                   {"hint", problem.hint}});
  }
  return all;
}

}  // namespace

Validation validate(std::string_view text, const std::string& file, const std::string& secrets_directory) {
  Validation validation{file, {}, {}};
  api::ParseOutcome outcome = api::parse_bridge(text, file);
  validation.problems = std::move(outcome.problems);
  validation.warnings = std::move(outcome.warnings);
  if (!outcome.spec) return validation;
  if (std::string problem = build_problem(*outcome.spec, secrets_directory); !problem.empty()) {
    validation.problems.push_back({file, {}, "", std::move(problem), ""});
  }
  return validation;
}

std::string validation_text(const Validation& validation) {
  std::string text = api::render(validation.warnings, "warning: ") + api::render(validation.problems);
  if (validation.valid()) text += validation.file + ": valid\n";
  return text;
}

json validation_json(const std::vector<Validation>& validations) {
  json all = json::array();
  for (const Validation& each : validations) {
    all.push_back({{"file", each.file},
                   {"valid", each.valid()},
                   {"problems", problems_json(each.problems)},
                   {"warnings", problems_json(each.warnings)}});
  }
  return all;
}

int run_validate(const ValidateOptions& options) {
  int code = kOk;
  std::vector<Validation> validations;
  for (const std::string& file : options.files) {
    const auto text = read_input(file);
    if (!text) {
      code = cannot(text.error());
      continue;
    }
    validations.push_back(validate(*text, input_name(file), options.secrets_directory));
    if (!validations.back().valid() && code == kOk) code = kProblems;
    if (!options.json) std::fputs(validation_text(validations.back()).c_str(), stdout);
  }
  if (options.json)
    std::printf(
        "%s\n",
        validation_json(validations).dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return code;
}

}  // namespace mkb::cli
