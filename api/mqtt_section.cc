#include "api/mqtt_section.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/duration_field.h"
#include "api/duration_text.h"
#include "api/quantity_text.h"
#include "api/quote.h"
#include "api/security_section.h"
#include "api/server_address.h"

namespace mkb::api {
namespace {

using std::chrono::seconds;

constexpr seconds kLeastKeepAlive{5};
constexpr seconds kMostKeepAlive{65535};                                // two bytes in CONNECT
constexpr seconds kEndless{std::numeric_limits<std::uint32_t>::max()};  // MQTT 5, 3.1.2.11.2
constexpr std::int64_t kLeastPacket = 1024;
constexpr std::int64_t kMostPacket = 268'435'460;  // a header of 5 bytes and the largest remaining length

std::vector<MqttServer> read_servers(const Field& field) {
  std::vector<MqttServer> servers;
  for (const Field& item : field.filled_list("server")) {
    const auto url = item.text();
    if (!url) continue;
    MqttServer server;
    if (const auto fault = parse_mqtt_server(*url, server)) {
      item.problem(fault->what, fault->hint);
    } else {
      servers.push_back(server);
    }
  }
  return servers;
}

MqttVersion read_version(const Field& field) {
  const auto written = field.any_scalar();
  if (!written || *written == "5" || *written == "5.0") return MqttVersion::k5;
  if (*written != "3.1.1") field.problem("unknown version " + in_quotes(*written), "write 5 or 3.1.1");
  return MqttVersion::k311;
}

void read_keep_alive(const Field& field, MqttSpec& mqtt) {
  const auto duration = read_seconds(field, "a duration such as 30s, or 0 for none");
  if (!duration) return;
  if (*duration != seconds{0} && (*duration < kLeastKeepAlive || *duration > kMostKeepAlive)) {
    field.problem(
        duration_text(*duration) + " is out of range",
        "write 0 for none, or " + duration_text(kLeastKeepAlive) + " to " + duration_text(kMostKeepAlive));
    return;
  }
  mqtt.keep_alive = *duration;
}

void read_session_expiry(const Field& field, MqttSpec& mqtt) {
  if (field.node().kind == YamlNode::Kind::kScalar && field.node().scalar == "never") {
    mqtt.session_expiry = kEndless;
    return;
  }
  const auto duration = read_seconds(field, "a duration such as 1h, or never");
  if (!duration) return;
  if (*duration <= seconds{0}) {
    field.problem("the session would end with its connection, and what came meanwhile would be lost",
                  "write a duration such as 1h, or never");
    return;
  }
  if (*duration > kEndless) {
    field.problem(duration_text(*duration) + " is out of range",
                  "at most " + std::to_string(kEndless.count()) + "s; write never for sessions without end");
    return;
  }
  mqtt.session_expiry = *duration;
}

void read_maximum_packet_size(const Field& field, MqttSpec& mqtt) {
  const auto written = field.any_scalar();
  if (!written) return;
  const std::string wanted = "write a number of bytes from 1024 to 268435460, or a quantity such as 1Mi";
  const auto bytes = parse_byte_quantity(*written);
  if (!bytes) {
    field.problem(in_quotes(*written) + " is no number of bytes", wanted);
  } else if (*bytes < kLeastPacket || *bytes > kMostPacket) {
    field.problem(in_quotes(*written) + " is out of range", wanted);
  } else {
    mqtt.maximum_packet_size = static_cast<std::uint32_t>(*bytes);
  }
}

void read_client_id_prefix(const Field& field, MqttSpec& mqtt) {
  const auto written = field.text();
  if (!written) return;
  const bool characters = std::all_of(written->begin(), written->end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (written->empty() || written->size() > 32 || !characters) {
    field.problem(in_quotes(*written) + " is no client id prefix", "write 1 to 32 of a-z, A-Z, 0-9, - and _");
    return;
  }
  mqtt.client_id_prefix = *written;
}

// What only version 5 has.
void check_version(const FieldMap& fields, const MqttSpec& mqtt) {
  if (mqtt.version == MqttVersion::k5) return;
  if (const auto size = fields.find("maximumPacketSize")) {
    size->problem("MQTT 3.1.1 cannot announce a maximum packet size", "leave it out, or use version 5");
  }
  for (const std::string_view name : {"sessionExpiry", "topicAliasMaximum"}) {
    if (const auto field = fields.find(name)) field->warning("has no effect with MQTT 3.1.1", "");
  }
}

}  // namespace

MqttSpec read_mqtt(const Field& field) {
  static constexpr std::array<std::string_view, 10> kKnown = {
      "servers",        "version",           "clientIdPrefix",    "keepAlive", "sessionExpiry",
      "receiveMaximum", "maximumPacketSize", "topicAliasMaximum", "auth",      "tls"};
  const FieldMap fields(field, kKnown);
  MqttSpec mqtt;
  if (const auto servers = fields.need("servers", "give a list such as [mqtt://host:1883]")) {
    mqtt.servers = read_servers(*servers);
  }
  if (const auto version = fields.find("version")) mqtt.version = read_version(*version);
  if (const auto prefix = fields.find("clientIdPrefix")) read_client_id_prefix(*prefix, mqtt);
  if (const auto keep_alive = fields.find("keepAlive")) read_keep_alive(*keep_alive, mqtt);
  if (const auto expiry = fields.find("sessionExpiry")) read_session_expiry(*expiry, mqtt);
  if (const auto maximum = fields.find("receiveMaximum")) {
    if (const auto value = maximum->integer(1, 65535))
      mqtt.receive_maximum = static_cast<std::uint16_t>(*value);
  }
  if (const auto size = fields.find("maximumPacketSize")) read_maximum_packet_size(*size, mqtt);
  if (const auto maximum = fields.find("topicAliasMaximum")) {
    if (const auto value = maximum->integer(0, 65535)) {
      mqtt.topic_alias_maximum = static_cast<std::uint16_t>(*value);
    }
  }
  check_version(fields, mqtt);
  if (const auto auth = fields.find("auth")) mqtt.auth_secret = read_auth(*auth);
  if (const auto tls = fields.find("tls")) {
    mqtt.tls = read_mqtt_tls(*tls);
    const bool used = std::any_of(mqtt.servers.begin(), mqtt.servers.end(),
                                  [](const MqttServer& server) { return server.tls; });
    if (!used && !mqtt.servers.empty()) {
      field.report().problem(tls->key_at(), tls->path(), "no server uses TLS",
                             "write mqtts:// in servers, or leave tls out");
    }
  }
  return mqtt;
}

}  // namespace mkb::api
