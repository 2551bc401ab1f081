#pragma once

#include <cstddef>
#include <vector>

#include "api/bridge_spec.h"
#include "api/field.h"

namespace mkb::api {

/// A route of either direction.
struct RouteRef {
  bool up = true;         ///< of mqttToKafka; false: of kafkaToMqtt
  std::size_t index = 0;  ///< in its list

  bool operator==(const RouteRef&) const = default;
};

/// Routes each of which reads what the one before it writes, and the first what the last writes. The first is
/// of mqttToKafka, and the first so in its list; directions alternate.
struct Loop {
  std::vector<RouteRef> routes;
  bool certain = false;  ///< false: only for some worths of the templates' variables
};

/// Every loop of two routes, and of the longer ones enough that there is none when nothing is found, and no
/// certain one when none is certain. Beyond Report::kMostKept of a kind it stops. Dead letters do not count.
std::vector<Loop> find_loops(const BridgeSpec& bridge);

/// Reports certain loops and warns of the others. `up` and `down` are spec.mqttToKafka and spec.kafkaToMqtt,
/// which `bridge` has been read from.
void check_loops(const BridgeSpec& bridge, const Field& up, const Field& down);

}  // namespace mkb::api
