#pragma once

#include <map>
#include <set>
#include <string>

namespace mkb::lab {

/// What a PromQL query asks for by name.
struct QueryNames {
  std::map<std::string, std::set<std::string>> metrics;  ///< with the labels that their matchers name
  std::set<std::string> grouping;                        ///< labels of by, without, on and their like
};

/// Reads a query that promtool takes; Grafana's variables may be in strings and ranges.
QueryNames names_in(const std::string& query);

}  // namespace mkb::lab
