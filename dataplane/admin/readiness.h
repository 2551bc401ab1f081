#pragma once

#include <string>
#include <vector>

#include "dataplane/flow/snapshot.h"

namespace mkb::dataplane {

struct Readiness {
  bool ready = false;
  std::vector<std::string>
      reasons;  ///< why not, a sentence without control characters each; empty when ready
};

/// Ready: every MQTT session is subscribed, Kafka is reachable, and the process is not draining. A process
/// that owns no session (no shard with filters was assigned to it) is ready without one. Pure.
Readiness readiness(const Snapshot& snapshot);

}  // namespace mkb::dataplane
