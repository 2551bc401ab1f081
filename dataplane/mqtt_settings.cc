#include "dataplane/mqtt_settings.h"

#include <string>
#include <utility>

namespace mkb::dataplane {

mqtt::ConnectionOptions connection_options(const api::MqttSpec& spec) {
  mqtt::ConnectionOptions options;
  for (const auto& server : spec.servers) {
    options.servers.push_back({server.tls, server.host, server.port});
  }
  options.engine.version = spec.version == api::MqttVersion::k5 ? mqtt::Version::k5 : mqtt::Version::k311;
  options.engine.keep_alive = spec.keep_alive;
  options.engine.session_expiry_seconds = static_cast<std::uint32_t>(spec.session_expiry.count());
  options.engine.receive_maximum = spec.receive_maximum;
  options.engine.maximum_packet_size = spec.maximum_packet_size;
  options.engine.topic_alias_maximum = spec.topic_alias_maximum;
  return options;
}

Result<mqtt::ConnectSecrets> read_secrets(const api::MqttSpec& spec, const api::SecretStore& store) {
  mqtt::ConnectSecrets result;
  const auto read = [&store](const api::SecretRef& secret, const char* key, std::string& to) -> Result<void> {
    auto content = store.read(secret, key);
    if (!content) {
      return content.error();
    }
    to = std::move(*content);
    return {};
  };
  if (spec.auth_secret) {
    if (auto done = read(*spec.auth_secret, "username", result.credentials.user_name.emplace()); !done) {
      return done.error();
    }
    if (auto done = read(*spec.auth_secret, "password", result.credentials.password.emplace()); !done) {
      return done.error();
    }
  }
  const api::TlsSpec& tls = spec.tls;
  result.tls.server_name = tls.server_name;
  if (tls.ca_secret) {
    if (auto done = read(*tls.ca_secret, "ca.crt", result.tls.ca_pem); !done) {
      return done.error();
    }
  }
  if (tls.cert_secret) {
    if (auto done = read(*tls.cert_secret, "tls.crt", result.tls.cert_pem); !done) {
      return done.error();
    }
    if (auto done = read(*tls.cert_secret, "tls.key", result.tls.key_pem); !done) {
      return done.error();
    }
  }
  return result;
}

}  // namespace mkb::dataplane
