#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.h"

namespace mkb::cli {

/// What `mkbctl validate` says about one file.
struct Validation {
  std::string file;
  std::vector<api::Problem> problems;
  std::vector<api::Problem> warnings;

  [[nodiscard]] bool valid() const { return problems.empty(); }
};

/// Checks a resource as `mkb-dataplane --check` and the operator do. Without `secrets_directory` (laid out as
/// for mkb-dataplane) nothing is asked about Secrets.
Validation validate(std::string_view text, const std::string& file, const std::string& secrets_directory);

/// One line for each problem and warning, and one that says so when there is no problem.
std::string validation_text(const Validation& validation);
nlohmann::json validation_json(const std::vector<Validation>& validations);

struct ValidateOptions {
  std::vector<std::string> files;
  std::string secrets_directory;
  bool json = false;
};

/// `mkbctl validate`: prints and returns the exit code.
int run_validate(const ValidateOptions& options);

}  // namespace mkb::cli
