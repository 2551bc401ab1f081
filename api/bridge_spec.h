#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/egress_spec.h"
#include "api/ingress_spec.h"

namespace mkb::api {

/// The MqttKafkaBridge resource (mqttkafka.io/v1alpha1) as values with every default filled in. Made by
/// api/yaml_codec.h, which refuses whatever is invalid, so the rest of the system trusts these fields.

enum class MqttVersion { k311, k5 };

/// Name of a Secret in the resource's namespace. Standalone, the Secret is the directory
/// `<secrets-dir>/<name>` with one file per key, laid out as Kubernetes mounts it.
struct SecretRef {
  std::string name;

  bool operator==(const SecretRef&) const = default;
};

struct TlsSpec {
  std::optional<SecretRef> ca_secret;    ///< key ca.crt; without it the system's trust store
  std::optional<SecretRef> cert_secret;  ///< keys tls.crt and tls.key: the client certificate
  std::string server_name;               ///< SNI and expected name; empty: the server's host

  bool operator==(const TlsSpec&) const = default;
};

struct MqttServer {
  bool tls = false;  ///< mqtts:// (mqtt:// otherwise)
  std::string host;
  std::uint16_t port = 0;  ///< 1883 or 8883 by scheme unless written

  bool operator==(const MqttServer&) const = default;
};

struct MqttSpec {
  std::vector<MqttServer> servers;  ///< at least one; tried in turn
  MqttVersion version = MqttVersion::k5;
  std::string client_id_prefix = "mkb";
  std::chrono::seconds keep_alive{30};
  std::chrono::seconds session_expiry{3600};
  std::uint16_t receive_maximum = 1000;              ///< also the in-flight window of a 3.1.1 session
  std::optional<std::uint32_t> maximum_packet_size;  ///< bytes; only version 5 can announce it
  std::uint16_t topic_alias_maximum = 64;
  std::optional<SecretRef> auth_secret;  ///< keys username and password
  TlsSpec tls;

  bool operator==(const MqttSpec&) const = default;
};

enum class SaslMechanism { kPlain, kScramSha256, kScramSha512 };

struct SaslSpec {
  SaslMechanism mechanism = SaslMechanism::kPlain;
  SecretRef secret;  ///< keys username and password

  bool operator==(const SaslSpec&) const = default;
};

struct KafkaSpec {
  std::vector<std::string> bootstrap_servers;  ///< host:port
  std::optional<SaslSpec> sasl;
  std::optional<TlsSpec> tls;  ///< present (even empty): TLS to the brokers
  /// librdkafka properties by name; those that decide delivery guarantees are refused.
  std::map<std::string, std::string> properties;

  bool operator==(const KafkaSpec&) const = default;
};

/// More pods than there can be shards would have nothing to do.
inline constexpr int kMaxReplicas = 1024;

struct BridgeSpec {
  std::string name;        ///< metadata.name
  std::string name_space;  ///< metadata.namespace, "default" when absent
  std::string uid;         ///< metadata.uid; standalone: derived from namespace/name, stable over restarts
  int replicas = 1;
  int shards = 64;
  MqttSpec mqtt;
  KafkaSpec kafka;
  std::vector<MqttToKafkaRoute> mqtt_to_kafka;  ///< at least one route, in either direction
  std::vector<KafkaToMqttRoute> kafka_to_mqtt;
  /// spec.pod as JSON, how the operator is to make pods; empty when absent. Shape is checked, sense is not.
  std::string pod_json;

  bool operator==(const BridgeSpec&) const = default;
};

}  // namespace mkb::api
