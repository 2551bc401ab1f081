#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/pipeline.h"

namespace mkb::bench {

/// One thing that is measured, again and again.
struct Scenario {
  std::string name;  ///< of the set-up
  Program program = Program::kBridge;
  std::vector<PipelineResult> results;
};

/// The medians of a scenario's results, each number by itself.
PipelineResult medians(const std::vector<PipelineResult>& results);

/// One line for people: the numbers of one result.
std::string describe(const PipelineResult& result);
/// A table of the medians with the spread of the CPU cost.
std::string table(const std::vector<Scenario>& scenarios);
/// All numbers of all results.
nlohmann::json to_json(const std::vector<Scenario>& scenarios);

}  // namespace mkb::bench
