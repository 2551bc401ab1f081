#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "api/bridge_spec.h"
#include "api/secret_store.h"
#include "base/result.h"

namespace mkb::dataplane {

enum class KafkaConfigError {
  kSecret = 1,   ///< a Secret that the resource refers to cannot be read
  kProperty,     ///< librdkafka knows no such property, or refuses its value
  kCannotStart,  ///< librdkafka does not start with this configuration
};

using KafkaProperties = std::map<std::string, std::string>;

/// librdkafka's configuration for a resource: the user's properties, then security, then what the delivery
/// guarantee needs, which cannot be overridden. Contains passwords: never log it.
Result<KafkaProperties> producer_properties(const api::KafkaSpec& spec, const api::SecretStore& secrets);

/// How much librdkafka's queue takes.
struct QueueLimits {
  std::size_t messages = 0;
  std::size_t bytes = 0;
};
QueueLimits queue_limits(const KafkaProperties& properties);

/// The variant for records that are to travel alone: one record per batch, so that a broker's refusal of a
/// batch for its size concerns exactly one record.
KafkaProperties isolated(KafkaProperties properties);

}  // namespace mkb::dataplane
