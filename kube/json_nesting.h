#pragma once

#include <cstddef>
#include <string_view>

namespace mkb::kube {

/// Deeper than any object of Kubernetes, and shallow enough to be written and copied by recursion.
inline constexpr std::size_t kDeepestJson = 512;

/// True when arrays and objects in this JSON text lie more than `limit` deep. Of text that is no JSON the
/// answer means nothing.
bool nested_deeper_than(std::string_view text, std::size_t limit);

}  // namespace mkb::kube
