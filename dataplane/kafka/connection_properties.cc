#include "dataplane/kafka/connection_properties.h"

#include <string>
#include <vector>

namespace mkb::dataplane {
namespace {

const char* mechanism_name(api::SaslMechanism mechanism) {
  switch (mechanism) {
    case api::SaslMechanism::kPlain:
      return "PLAIN";
    case api::SaslMechanism::kScramSha256:
      return "SCRAM-SHA-256";
    case api::SaslMechanism::kScramSha512:
      return "SCRAM-SHA-512";
  }
  return "PLAIN";
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) {
    text += (text.empty() ? "" : ",") + item;
  }
  return text;
}

/// Fills properties[name] from a Secret's key.
Result<void> set_from_secret(KafkaProperties& properties, const std::string& name,
                             const api::SecretStore& secrets, const api::SecretRef& ref, const char* key) {
  auto value = secrets.read(ref, key);
  if (!value) {
    return Error(KafkaConfigError::kSecret, value.error().message());
  }
  properties[name] = *value;
  return {};
}

Result<void> add_tls(KafkaProperties& properties, const api::TlsSpec& tls, const api::SecretStore& secrets) {
  if (tls.ca_secret) {
    if (auto set = set_from_secret(properties, "ssl.ca.pem", secrets, *tls.ca_secret, "ca.crt"); !set) {
      return set;
    }
  }
  if (tls.cert_secret) {
    if (auto set = set_from_secret(properties, "ssl.certificate.pem", secrets, *tls.cert_secret, "tls.crt");
        !set) {
      return set;
    }
    if (auto set = set_from_secret(properties, "ssl.key.pem", secrets, *tls.cert_secret, "tls.key"); !set) {
      return set;
    }
  }
  return {};
}

}  // namespace

Result<void> add_connection(KafkaProperties& properties, const api::KafkaSpec& spec,
                            const api::SecretStore& secrets) {
  properties["bootstrap.servers"] = joined(spec.bootstrap_servers);
  if (spec.tls) {
    if (auto added = add_tls(properties, *spec.tls, secrets); !added) {
      return added;
    }
  }
  if (spec.sasl) {
    properties["sasl.mechanism"] = mechanism_name(spec.sasl->mechanism);
    if (auto set = set_from_secret(properties, "sasl.username", secrets, spec.sasl->secret, "username");
        !set) {
      return set;
    }
    if (auto set = set_from_secret(properties, "sasl.password", secrets, spec.sasl->secret, "password");
        !set) {
      return set;
    }
  }
  properties["security.protocol"] =
      spec.sasl ? (spec.tls ? "sasl_ssl" : "sasl_plaintext") : (spec.tls ? "ssl" : "plaintext");
  return {};
}

}  // namespace mkb::dataplane
