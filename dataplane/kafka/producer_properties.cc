#include "dataplane/kafka/producer_properties.h"

#include <algorithm>
#include <charconv>

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

/// A record that is larger than the whole queue would wait for room for ever: the one bounds the other.
Result<void> bound_message_size(KafkaProperties& properties) {
  constexpr std::uint64_t kLargestMessage = 1'000'000'000;
  const auto number = [&properties](const char* name) {
    std::uint64_t value = 0;
    const std::string& text = properties[name];
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc() ? value : 0;  // librdkafka says what is wrong with it
  };
  const std::uint64_t queue = number("queue.buffering.max.kbytes") * 1024;
  if (properties.count("message.max.bytes") == 0) {
    properties["message.max.bytes"] = std::to_string(std::min(kLargestMessage, queue / 2));
  } else if (number("message.max.bytes") > queue && queue != 0) {
    return Error(
        KafkaConfigError::kProperty,
        "spec.kafka.properties: message.max.bytes is larger than the queue that such a record has to fit "
        "into; raise queue.buffering.max.kbytes or lower it");
  }
  return {};
}

}  // namespace

Result<KafkaProperties> producer_properties(const api::KafkaSpec& spec, const api::SecretStore& secrets) {
  KafkaProperties properties = {
      {"client.id", "mkb"},
      {"compression.type", "lz4"},
      {"linger.ms", "5"},
      {"queue.buffering.max.kbytes", "65536"},
      // A missing topic is reported after this long, and asked for again by us.
      {"topic.metadata.propagation.max.ms", "5000"},
      {"reconnect.backoff.max.ms", "2000"},
      {"socket.keepalive.enable", "true"},
  };
  for (const auto& [name, value] : spec.properties) {
    properties[name] = value;
  }
  if (auto bounded = bound_message_size(properties); !bounded) {
    return bounded.error();
  }
  properties["bootstrap.servers"] = joined(spec.bootstrap_servers);
  if (spec.tls) {
    if (auto added = add_tls(properties, *spec.tls, secrets); !added) {
      return added.error();
    }
  }
  if (spec.sasl) {
    properties["sasl.mechanism"] = mechanism_name(spec.sasl->mechanism);
    if (auto set = set_from_secret(properties, "sasl.username", secrets, spec.sasl->secret, "username");
        !set) {
      return set.error();
    }
    if (auto set = set_from_secret(properties, "sasl.password", secrets, spec.sasl->secret, "password");
        !set) {
      return set.error();
    }
  }
  properties["security.protocol"] =
      spec.sasl ? (spec.tls ? "sasl_ssl" : "sasl_plaintext") : (spec.tls ? "ssl" : "plaintext");
  // The guarantee: acknowledged by all in-sync replicas, in order, tried for as long as it takes.
  properties["enable.idempotence"] = "true";
  properties["acks"] = "all";
  properties["message.timeout.ms"] = "0";
  return properties;
}

KafkaProperties isolated(KafkaProperties properties) {
  properties["batch.num.messages"] = "1";
  properties["linger.ms"] = "0";
  return properties;
}

}  // namespace mkb::dataplane
