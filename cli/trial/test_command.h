#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/trial/message_trial.h"

namespace mkb::cli {

struct TestOptions {
  std::string file;
  TrialMessage message;              ///< to be tried when its topic is not empty
  std::string record_topic;          ///< otherwise a record of this topic
  std::optional<std::string> key;    ///< of the record
  std::optional<std::string> value;  ///< of the record
  std::vector<std::string> headers;  ///< `name=value`: user properties or record headers
};

/// `name=value` texts apart; the first `=` counts. Errors: TrialError.
Result<NamedValues> parse_named_values(const std::vector<std::string>& texts);

/// `mkbctl test`: prints and returns the exit code, kProblems when no route matches or one makes nothing.
int run_test(const TestOptions& options);

}  // namespace mkb::cli
