#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/api_access.h"

namespace mkb::cli {

struct PlanOptions {
  std::string file;  ///< of a resource; empty: `name` in the cluster
  std::string name;
  ApiAccessOptions access;
  std::optional<int> from;    ///< the bridge has so many pods before
  std::vector<int> replicas;  ///< one scaling after another; empty: spec.replicas
  bool json = false;
};

/// `mkbctl plan`: prints and returns the exit code.
int run_plan(const PlanOptions& options);

}  // namespace mkb::cli
