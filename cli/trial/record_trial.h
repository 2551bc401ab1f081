#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/bridge_spec.h"
#include "base/result.h"
#include "cli/trial/message_trial.h"
#include "dataplane/egress/paho/outgoing_message.h"

namespace mkb::cli {

/// A Kafka record to try.
struct TrialInput {
  std::string topic;
  std::optional<std::string> key;
  std::optional<std::string> value;  ///< none: a tombstone
  NamedValues headers;
};

/// What the routes from Kafka to MQTT that read its topic make of a record, by the code of the data plane.
/// With a failure that goes to a dead-letter topic the consequence names it. Errors: those of
/// dataplane/egress/.
Result<std::vector<RouteTrial<dataplane::OutgoingMessage>>> try_record(const api::BridgeSpec& spec,
                                                                       const TrialInput& input,
                                                                       std::int64_t now_unix_ms);

}  // namespace mkb::cli
