#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mkb::api {

/// Why a librdkafka property may not be set in a resource, and what to do instead.
struct PropertyRefusal {
  std::string what;
  std::string hint;
};

/// Refuses the properties that the bridge decides itself because its delivery guarantee rests on them, those
/// with a field of their own, those of consumers, and those that take pointers. None: it may be set; whether
/// librdkafka knows it is found out when it starts.
std::optional<PropertyRefusal> refuse_property(std::string_view name, std::string_view value);

/// The names that are refused, and those with any of these in front; besides them `*_cb`, and values of
/// max.in.flight.
std::vector<std::string_view> refused_properties();
std::vector<std::string_view> refused_property_prefixes();

}  // namespace mkb::api
