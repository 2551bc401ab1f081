#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "api/field.h"

namespace mkb::api {

/// The most characters of a text, items of a list or entries of a mapping. The Kubernetes API server needs
/// them to bound the cost of the resource's rules; they hold everywhere, so that what a file may say a
/// cluster takes.
struct SizeLimit {
  std::string_view path;  ///< as in spec.mqttToKafka[].headers.*
  std::size_t most;
};

/// Every limit, in no order. The schema in crds/ has the same.
std::span<const SizeLimit> size_limits();

/// Reports whatever below `root`, the resource, is larger than its limit.
void check_sizes(const Field& root);

}  // namespace mkb::api
