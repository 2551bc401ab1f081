#pragma once

#include <string>
#include <vector>

#include "api/field.h"

namespace mkb::api {

/// A valid filter with the field that it was read from.
struct FilterField {
  Field field;
  std::string filter;
};

/// In all routes of a resource together.
inline constexpr std::size_t kMaxFilters = 10'000;

/// Reads a route's filters: valid, without `$share`, none twice. Warns of those that another one of the route
/// covers.
std::vector<FilterField> read_filters(const Field& field);

/// Reports filters that overlap while neither covers the other. MQTT 3.1.1 brokers may send such a message
/// once or twice [MQTT-3.3.5-1], and its copies carry no subscription identifier to tell them apart by.
void check_overlaps(const std::vector<FilterField>& filters);

}  // namespace mkb::api
