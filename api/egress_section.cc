#include "api/egress_section.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "api/duration_field.h"
#include "api/duration_text.h"
#include "api/quote.h"
#include "api/record_field.h"
#include "api/route_fields.h"
#include "api/time_text.h"
#include "api/topic_pattern.h"
#include "mqtt/protocol.h"
#include "mqtt/utf8.h"

namespace mkb::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<std::pair<std::string_view, StartAt>, 3> kStarts = {
    {{"Earliest", StartAt::kEarliest}, {"Latest", StartAt::kLatest}, {"Timestamp", StartAt::kTimestamp}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kIsolations = {
    {{"ReadCommitted", true}, {"ReadUncommitted", false}}};
constexpr std::size_t kMaxGroupId = 249;  // the longest default, of 48 + 63 + 5 characters, is shorter
constexpr seconds kMostExpiry{std::numeric_limits<std::uint32_t>::max()};  // MQTT 5, 3.3.2.3.3

// What a route reads, ready to compare its dead-letter topic with.
struct Topics {
  std::vector<std::string> texts;
  std::vector<TopicPattern> patterns;
};

Topics read_topics(const Field& field) {
  Topics topics;
  std::map<std::string, std::string> first_paths;
  for (const Field& item : field.filled_list("topic")) {
    const auto text = item.filled_text();
    if (!text) continue;
    auto parsed = TopicPattern::parse(*text);
    if (const auto* fault = std::get_if<TopicPatternFault>(&parsed)) {
      item.problem(fault->what, fault->hint);
      continue;
    }
    const auto [first, is_new] = first_paths.emplace(*text, item.path());
    if (!is_new) {
      item.problem(in_quotes(*text) + " is given twice", "the first is " + first->second);
      continue;
    }
    topics.texts.push_back(*text);
    topics.patterns.push_back(std::get<TopicPattern>(std::move(parsed)));
  }
  return topics;
}

std::string read_group_id(const FieldMap& fields, const std::string& standard) {
  const auto field = fields.find("groupId");
  const auto text = field ? field->filled_text() : std::nullopt;
  if (!text) return standard;
  if (text->size() > kMaxGroupId) {
    field->problem("has " + std::to_string(text->size()) + " bytes",
                   "write at most " + std::to_string(kMaxGroupId));
  }
  return *text;
}

StartSpec read_start(const Field& field) {
  static constexpr std::array<std::string_view, 2> kKnown = {"at", "timestamp"};
  const FieldMap fields(field, kKnown);
  StartSpec start;
  if (const auto at = fields.find("at")) {
    const auto value = at->choice(kStarts);
    if (!value) return start;
    start.at = *value;
  }
  const std::string example = "write it as in 2026-11-24T10:00:00Z";
  if (start.at == StartAt::kTimestamp) {
    const auto timestamp = fields.need("timestamp", example);
    const auto text = timestamp ? timestamp->text() : std::nullopt;
    if (!text) return start;
    if (const auto time = parse_time(*text)) {
      start.unix_ms = *time;
    } else {
      timestamp->problem(in_quotes(*text) + " is no time since 1970", example);
    }
  } else if (const auto timestamp = fields.find("timestamp")) {
    timestamp->problem("is only for at: Timestamp", "leave it out, or write at: Timestamp");
  }
  return start;
}

std::optional<std::string> read_payload(const Field& field) {
  if (field.node().kind == YamlNode::Kind::kScalar && field.node().scalar.empty()) {
    field.problem("is empty",
                  "leave it out for the record's value; a tombstone, a record without one, "
                  "makes an empty payload by itself");
    return std::nullopt;
  }
  return read_record_template(field);
}

std::map<std::string, std::string> read_user_properties(const Field& field, MqttVersion version) {
  std::map<std::string, std::string> properties;
  if (version == MqttVersion::k311) {
    field.report().problem(field.key_at(), field.path(), "MQTT 3.1.1 has no user properties",
                           "leave it out, or use version 5");
  }
  for (const auto& [name, value] : field.entries()) {
    const auto wrong_name = [&value = value](const std::string& what, const std::string& hint) {
      value.report().problem(value.key_at(), value.path(), what, hint);
    };
    if (name.empty()) {
      wrong_name("a user property without a name", "write NAME: template");
      continue;
    }
    if (name.starts_with("mkb-")) {
      wrong_name("names with \"mkb-\" are the bridge's own", "choose another name");
    } else if (name.size() > mqtt::kMaxFieldBytes || !mqtt::is_mqtt_utf8(name)) {
      wrong_name("is no name of a user property", "write at most 65535 bytes, without the character U+0000");
    }
    if (const auto text = read_record_template(value)) properties.emplace(name, *text);
  }
  return properties;
}

std::optional<seconds> read_message_expiry(const Field& field, MqttVersion version) {
  if (version == MqttVersion::k311) {
    field.report().problem(field.key_at(), field.path(), "MQTT 3.1.1 has no message expiry",
                           "leave it out, or use version 5");
  }
  const auto duration = read_seconds(field, "a duration such as 30s");
  if (duration && (*duration < seconds{1} || *duration > kMostExpiry)) {
    field.problem(duration_text(*duration) + " is out of range",
                  "write 1s to " + std::to_string(kMostExpiry.count()) + "s");
    return std::nullopt;
  }
  return duration;
}

void read_on_error(const Field& field, const Topics& topics, PublishErrorSpec& on_error) {
  static constexpr std::array<std::string_view, 4> kKnown = {"retries", "retryDelay", "deadLetterTopic",
                                                             "action"};
  const FieldMap fields(field, kKnown);
  if (const auto retries = fields.find("retries")) {
    if (const auto value = retries->integer(0, 100)) on_error.retries = static_cast<int>(*value);
  }
  if (const auto delay = fields.find("retryDelay")) {
    if (const auto value = read_milliseconds(*delay, "a duration such as 500ms")) {
      if (*value < milliseconds{10} || *value > std::chrono::hours{1}) {
        delay->problem(in_quotes(*delay->any_scalar()) + " is out of range", "write 10ms to 1h");
      } else {
        on_error.retry_delay = *value;
      }
    }
  }
  if (const auto action = fields.find("action")) {
    if (const auto value = read_on_error_action(*action)) on_error.action = *value;
  }
  const auto dead_letter = fields.find("deadLetterTopic");
  const auto text = dead_letter ? read_dead_letter_topic(*dead_letter) : std::nullopt;
  if (!text) return;
  for (std::size_t i = 0; i < topics.patterns.size(); ++i) {
    if (!topics.patterns[i].matches(*text)) continue;
    dead_letter->problem(topics.patterns[i].is_regex()
                             ? "matches " + in_quotes(topics.texts[i]) + ", which the route itself reads"
                             : "is a topic that the route itself reads",
                         "write another topic: dead letters would come back as records");
    return;
  }
  on_error.dead_letter_topic = *text;
}

void read_message(const FieldMap& fields, MqttVersion version, KafkaToMqttRoute& route) {
  if (const auto topic = fields.need("topic", "give the MQTT topic")) {
    route.topic = read_mqtt_topic(*topic).value_or("");
  }
  if (const auto qos = fields.find("qos")) route.qos = read_qos(*qos).value_or(route.qos);
  if (const auto retain = fields.find("retain")) route.retain = read_retain(*retain).value_or(route.retain);
  if (const auto payload = fields.find("payload")) {
    route.payload = read_payload(*payload).value_or(route.payload);
  }
  if (const auto properties = fields.find("userProperties")) {
    route.user_properties = read_user_properties(*properties, version);
  }
  if (const auto expiry = fields.find("messageExpiry")) {
    route.message_expiry = read_message_expiry(*expiry, version);
  }
}

KafkaToMqttRoute read_route(const Field& field, const BridgeSpec& so_far) {
  static constexpr std::array<std::string_view, 13> kKnown = {
      "name",   "topics",  "groupId",        "start",         "isolation",   "topic",  "qos",
      "retain", "payload", "userProperties", "messageExpiry", "maxInFlight", "onError"};
  const FieldMap fields(field, kKnown);
  KafkaToMqttRoute route;
  route.line = field.at().line;
  if (!fields.readable()) return route;
  if (const auto name = fields.need("name", "give the route a name")) route.name = read_route_name(*name);
  Topics topics;
  if (const auto written = fields.need("topics", "give a list such as [commands]")) {
    topics = read_topics(*written);
  }
  route.group_id = read_group_id(fields, "mkb-" + so_far.name + "-" + route.name);
  if (const auto start = fields.find("start")) route.start = read_start(*start);
  if (const auto isolation = fields.find("isolation")) {
    route.read_committed = isolation->choice(kIsolations).value_or(route.read_committed);
  }
  read_message(fields, so_far.mqtt.version, route);
  if (const auto maximum = fields.find("maxInFlight")) {
    if (const auto value = maximum->integer(1, 65535)) route.max_in_flight = static_cast<int>(*value);
  }
  if (const auto on_error = fields.find("onError")) read_on_error(*on_error, topics, route.on_error);
  route.topics = std::move(topics.texts);
  return route;
}

}  // namespace

std::vector<KafkaToMqttRoute> read_egress_routes(const Field& field, const BridgeSpec& so_far) {
  std::vector<KafkaToMqttRoute> routes;
  RouteNames names;
  for (const MqttToKafkaRoute& route : so_far.mqtt_to_kafka) names.add(route.name, route.line);
  std::map<std::string, int> groups;
  std::size_t topics = 0;
  if (!so_far.mqtt.tls.server_name.empty()) {
    // Paho compares the certificate with the host that it connects to.
    field.problem("mqtt.tls.serverName does not go with kafkaToMqtt",
                  "leave it out, and write the name in the servers' certificate as their host");
  }
  for (const Field& item : field.filled_list("route")) {
    routes.push_back(read_route(item, so_far));
    const KafkaToMqttRoute& route = routes.back();
    names.add(item, route.name, route.line);
    topics += route.topics.size();
    const auto [first, is_new] = groups.emplace(route.group_id, route.line);
    if (!is_new && !route.name.empty()) {
      item.warning("another route has the groupId " + in_quotes(route.group_id),
                   "each record goes to one member of a group; the other route is on line " +
                       std::to_string(first->second));
    }
  }
  if (topics > kMaxEgressTopics) {
    field.problem(std::to_string(topics) + " topics", "at most " + std::to_string(kMaxEgressTopics) +
                                                          " are supported; regular expressions take many");
  }
  if (so_far.mqtt.version == MqttVersion::k311) {
    field.report().warning(field.key_at(), field.path(),
                           "MQTT 3.1.1 has no user properties: headers of records are not carried",
                           "use version 5 to carry them");
  }
  return routes;
}

}  // namespace mkb::api
