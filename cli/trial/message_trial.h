#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/bridge_spec.h"
#include "base/result.h"

namespace mkb::cli {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

enum class TrialError {
  kBadInput = 1,  ///< no such message can be published
};

/// An MQTT message to try.
struct TrialMessage {
  std::string topic;
  std::string payload;
  int qos = 1;  ///< as published: routes that ask for less get less
  bool retain = false;
  NamedValues user_properties;
};

/// A Kafka record that a route makes.
struct TrialRecord {
  std::string topic;
  std::optional<std::string> key;
  std::string partition;  ///< how it is chosen, in words
  NamedValues headers;
  std::string value;
};

/// Why there is none, and what becomes of the message.
struct TrialFailure {
  std::string reason;  ///< as in the metrics
  std::string stage;
  std::string text;
  std::string consequence;
};

/// What one route makes of a message or record.
template <class Made>
struct RouteTrial {
  std::string route;
  std::optional<TrialFailure> failure;
  std::optional<Made> made;  ///< with a failure: the dead letter, if there is one
};

/// What the bridge makes of a message, by the code of the data plane: an entry for every route that matches,
/// in the order of the resource. Errors: TrialError, and those of dataplane/route/.
Result<std::vector<RouteTrial<TrialRecord>>> try_message(const api::BridgeSpec& spec,
                                                         const TrialMessage& message);

/// What becomes of that for which there is no dead-letter topic.
std::string consequence_of(api::OnErrorAction action);

}  // namespace mkb::cli
