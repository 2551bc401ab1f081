#pragma once

#include <string>

#include "api/bridge_spec.h"
#include "api/secret_store.h"
#include "base/result.h"
#include "dataplane/kafka/producer_properties.h"

namespace mkb::dataplane {

/// librdkafka's properties of the member `instance` of a route's consumer group: static membership (KIP-345),
/// so a restart within the session timeout moves no partition, cooperative-sticky assignment (KIP-429), no
/// automatic commits. Fails with KafkaConfigError.
Result<KafkaProperties> consumer_properties(const api::KafkaSpec& spec, const api::KafkaToMqttRoute& route,
                                            const std::string& instance, const api::SecretStore& secrets);

}  // namespace mkb::dataplane
