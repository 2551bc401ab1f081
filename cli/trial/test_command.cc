#include "cli/trial/test_command.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "api/yaml_codec.h"
#include "base/clock.h"
#include "cli/exit_code.h"
#include "cli/input_text.h"
#include "cli/trial/record_trial.h"
#include "cli/trial/trial_view.h"

namespace mkb::cli {
namespace {

template <class Made>
int show(const Result<std::vector<RouteTrial<Made>>>& trials,
         std::string (*text_of)(const std::vector<RouteTrial<Made>>&)) {
  if (!trials) return cannot(trials.error());
  std::fputs(text_of(*trials).c_str(), stdout);
  const bool failed = std::any_of(trials->begin(), trials->end(),
                                  [](const auto& trial) { return trial.failure.has_value(); });
  return trials->empty() || failed ? kProblems : kOk;
}

}  // namespace

Result<NamedValues> parse_named_values(const std::vector<std::string>& texts) {
  NamedValues values;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(TrialError::kBadInput, "--header " + text + ": write NAME=VALUE");
    }
    values.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return values;
}

int run_test(const TestOptions& options) {
  const auto text = read_input(options.file);
  if (!text) return cannot(text.error());
  const auto outcome = api::parse_bridge(*text, input_name(options.file));
  if (!outcome.spec) {
    std::fputs(api::render(outcome.problems).c_str(), stderr);
    return kProblems;
  }
  auto headers = parse_named_values(options.headers);
  if (!headers) return cannot(headers.error());
  if (!options.record_topic.empty()) {
    const TrialInput input{options.record_topic, options.key, options.value, std::move(*headers)};
    return show(try_record(*outcome.spec, input, SystemClock().unix_millis()), record_trial_text);
  }
  TrialMessage message = options.message;
  message.user_properties = std::move(*headers);
  return show(try_message(*outcome.spec, message), message_trial_text);
}

}  // namespace mkb::cli
