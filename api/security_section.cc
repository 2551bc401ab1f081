#include "api/security_section.h"

#include <array>
#include <utility>

#include "api/names.h"
#include "api/quote.h"

namespace mkb::api {
namespace {

constexpr const char* kSecretForm = "write {name: NAME}, the name of a Secret";

void read_certificates(const FieldMap& fields, TlsSpec& tls) {
  if (const auto ca = fields.find("caSecretRef")) tls.ca_secret = read_secret_ref(*ca);
  if (const auto certificate = fields.find("certSecretRef")) tls.cert_secret = read_secret_ref(*certificate);
}

}  // namespace

std::optional<SecretRef> read_secret_ref(const Field& field) {
  static constexpr std::array<std::string_view, 1> kKnown = {"name"};
  if (field.node().kind == YamlNode::Kind::kScalar) {
    field.problem("is a single value", kSecretForm);
    return std::nullopt;
  }
  const FieldMap fields(field, kKnown);
  const auto name = fields.need("name", kSecretForm);
  if (!name) return std::nullopt;
  const auto text = name->text();
  if (!text) return std::nullopt;
  if (!is_dns_subdomain(*text)) {
    name->problem(in_quotes(*text) + " is no name of a Secret",
                  "use a-z, 0-9, - and . only, as Kubernetes does");
    return std::nullopt;
  }
  return SecretRef{*text};
}

std::optional<SecretRef> read_auth(const Field& field) {
  static constexpr std::array<std::string_view, 1> kKnown = {"secretRef"};
  const FieldMap fields(field, kKnown);
  const auto secret = fields.need(
      "secretRef", "write secretRef: {name: NAME}; the Secret has the keys username and password");
  return secret ? read_secret_ref(*secret) : std::nullopt;
}

TlsSpec read_mqtt_tls(const Field& field) {
  static constexpr std::array<std::string_view, 3> kKnown = {"caSecretRef", "certSecretRef", "serverName"};
  const FieldMap fields(field, kKnown);
  TlsSpec tls;
  read_certificates(fields, tls);
  if (const auto name = fields.find("serverName")) {
    const auto text = name->filled_text();
    if (text &&
        text->find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:") !=
            std::string::npos) {
      name->problem(in_quotes(*text) + " is no host name", "write the name in the server's certificate");
    } else if (text) {
      tls.server_name = *text;
    }
  }
  return tls;
}

TlsSpec read_kafka_tls(const Field& field) {
  static constexpr std::array<std::string_view, 2> kKnown = {"caSecretRef", "certSecretRef"};
  static constexpr std::array<std::string_view, 1> kUnbuilt = {"serverName"};
  TlsSpec tls;
  read_certificates(FieldMap(field, kKnown, kUnbuilt), tls);
  return tls;
}

std::optional<SaslSpec> read_sasl(const Field& field) {
  static constexpr std::array<std::string_view, 2> kKnown = {"mechanism", "secretRef"};
  static constexpr std::array<std::pair<std::string_view, SaslMechanism>, 3> kMechanisms = {
      {{"PLAIN", SaslMechanism::kPlain},
       {"SCRAM-SHA-256", SaslMechanism::kScramSha256},
       {"SCRAM-SHA-512", SaslMechanism::kScramSha512}}};
  const FieldMap fields(field, kKnown);
  std::optional<SaslMechanism> mechanism;
  if (const auto written = fields.need("mechanism", "write PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")) {
    mechanism = written->choice(kMechanisms);
  }
  std::optional<SecretRef> secret;
  if (const auto written = fields.need(
          "secretRef", "write secretRef: {name: NAME}; the Secret has the keys username and password")) {
    secret = read_secret_ref(*written);
  }
  if (!mechanism || !secret) return std::nullopt;
  return SaslSpec{*mechanism, *secret};
}

}  // namespace mkb::api
