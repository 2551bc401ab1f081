#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/bridge_spec.h"
#include "api/problem.h"

namespace mkb::api {

/// Either a resource that the rest of the system can trust, perhaps with warnings, or everything that is
/// wrong with it. The fields are described in docs/resource.md.
struct ParseOutcome {
  std::optional<BridgeSpec> spec;  ///< present exactly when there are no problems
  std::vector<Problem> problems;   ///< by position; at most Report::kMostKept and how many more
  std::vector<Problem> warnings;

  [[nodiscard]] bool ok() const { return spec.has_value(); }
};

/// Reads the text of one MqttKafkaBridge, YAML or JSON, with every default filled in. `file_name` is only for
/// the problems. Output of `kubectl get -o yaml` is accepted. Pure: nothing is read or resolved; no exception
/// leaves it, whatever the text.
ParseOutcome parse_bridge(std::string_view text, std::string_view file_name);

}  // namespace mkb::api
