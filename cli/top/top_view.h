#pragma once

#include <string>
#include <vector>

#include "cli/top/top_model.h"

namespace mkb::cli {

/// What `mkbctl top` shows of bridges. `pods_problem`: why there are no pods, in a line of its own. Pure.
std::string top_text(const std::vector<BridgeLines>& bridges, const std::string& pods_problem);

/// The text for a terminal that shows an earlier one: drawn over it from the top, lines cut to `width`
/// columns and the whole to `height` lines (0: not cut).
std::string redrawn(const std::string& text, std::size_t width, std::size_t height);

}  // namespace mkb::cli
