#pragma once

#include "api/bridge_spec.h"
#include "api/secret_store.h"
#include "base/result.h"
#include "mqtt/connection.h"

namespace mkb::dataplane {

/// How a resource's MQTT sessions connect; client id and subscriptions are each session's own.
mqtt::ConnectionOptions connection_options(const api::MqttSpec& spec);

/// Credentials and TLS material of the Secrets that `spec` names, as they are now. Errors: api::SecretError.
Result<mqtt::ConnectSecrets> read_secrets(const api::MqttSpec& spec, const api::SecretStore& store);

}  // namespace mkb::dataplane
