#include "operator/reconcile/secret_use.h"

#include "operator/reconcile/digest.h"

namespace mkb::reconcile {

std::vector<SecretUse> secrets_of(const api::BridgeSpec& spec) {
  std::map<std::string, std::string> field_of;
  const auto use = [&field_of](const std::optional<api::SecretRef>& secret, const char* field) {
    if (secret) field_of.try_emplace(secret->name, field);
  };
  use(spec.mqtt.auth_secret, "spec.mqtt.auth.secretRef");
  use(spec.mqtt.tls.ca_secret, "spec.mqtt.tls.caSecretRef");
  use(spec.mqtt.tls.cert_secret, "spec.mqtt.tls.certSecretRef");
  if (spec.kafka.sasl) use(spec.kafka.sasl->secret, "spec.kafka.sasl.secretRef");
  if (spec.kafka.tls) {
    use(spec.kafka.tls->ca_secret, "spec.kafka.tls.caSecretRef");
    use(spec.kafka.tls->cert_secret, "spec.kafka.tls.certSecretRef");
  }
  std::vector<SecretUse> uses;
  uses.reserve(field_of.size());
  for (const auto& [name, field] : field_of) uses.push_back({name, field});
  return uses;
}

std::string secrets_digest(const SecretVersions& versions) {
  std::string text;
  for (const auto& [name, version] : versions) {
    text.append(name).append(1, '=').append(version.value_or("")).append(1, '\n');
  }
  return digest(text);
}

}  // namespace mkb::reconcile
