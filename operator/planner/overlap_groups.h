#pragma once

#include <string>
#include <vector>

namespace mkb::planner {

/// Partitions filters so that any two that overlap (mqtt::overlaps), directly or through others, are in the
/// same group. `filters` are valid, ascending and each once; groups are ascending by their first filter, and
/// so are the filters of a group.
std::vector<std::vector<std::string>> group_by_overlap(const std::vector<std::string>& filters);

}  // namespace mkb::planner
