#pragma once

#include <map>
#include <optional>
#include <string>

#include "api/bridge_spec.h"
#include "api/field.h"

namespace mkb::api {

/// What routes of both directions have.

/// Reads a route's name; empty after a problem with the kind of value.
std::string read_route_name(const Field& field);

/// Reads the name of one Kafka topic.
std::optional<std::string> read_dead_letter_topic(const Field& field);

/// Reads onError.action.
std::optional<OnErrorAction> read_on_error_action(const Field& field);

/// Names the metrics of routes, which have no direction: none may be given twice.
class RouteNames {
 public:
  /// Reports a name that is taken at `route`. An empty one is no name.
  void add(const Field& route, const std::string& name, int line);
  /// Without a report: of routes that were read before.
  void add(const std::string& name, int line);

 private:
  std::map<std::string, int> lines_;
};

}  // namespace mkb::api
