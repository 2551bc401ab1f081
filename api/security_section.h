#pragma once

#include <optional>

#include "api/bridge_spec.h"
#include "api/field.h"

namespace mkb::api {

/// Reads `{name: ...}`.
std::optional<SecretRef> read_secret_ref(const Field& field);
/// Reads `{secretRef: {name: ...}}`, the whole of mqtt.auth.
std::optional<SecretRef> read_auth(const Field& field);
/// Reads mqtt.tls.
TlsSpec read_mqtt_tls(const Field& field);
/// Reads kafka.tls, which has no serverName: librdkafka expects each broker's own host name.
TlsSpec read_kafka_tls(const Field& field);
/// Reads kafka.sasl.
std::optional<SaslSpec> read_sasl(const Field& field);

}  // namespace mkb::api
