#pragma once

#include <string>
#include <vector>

namespace mkb::reconcile {

/// The parts with `separator` between each two.
std::string joined(const std::vector<std::string>& parts, const std::string& separator = "; ");

}  // namespace mkb::reconcile
