#pragma once

#include <string>
#include <vector>

#include "cli/trial/message_trial.h"
#include "cli/trial/record_trial.h"

namespace mkb::cli {

/// What `mkbctl test` shows. Bytes that are not printable are shown as escapes. Pure.
std::string message_trial_text(const std::vector<RouteTrial<TrialRecord>>& trials);
std::string record_trial_text(const std::vector<RouteTrial<dataplane::OutgoingMessage>>& trials);

/// A value on one line: control characters, backslashes and what is no UTF-8 as escapes; never cut.
std::string printable(std::string_view value);

}  // namespace mkb::cli
