#pragma once

#include "api/bridge_spec.h"
#include "api/secret_store.h"
#include "base/result.h"
#include "dataplane/kafka/producer_properties.h"

namespace mkb::dataplane {

/// Sets what every client of the Kafka cluster needs: servers, TLS and credentials. Secrets are read now.
/// Fails with KafkaConfigError::kSecret.
Result<void> add_connection(KafkaProperties& properties, const api::KafkaSpec& spec,
                            const api::SecretStore& secrets);

}  // namespace mkb::dataplane
