#include "api/record_field.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "api/quote.h"
#include "api/record_template.h"
#include "mqtt/protocol.h"
#include "mqtt/topic_filter.h"

namespace mkb::api {
namespace {

std::optional<std::vector<RecordSegment>> split(const Field& field, const std::string& text) {
  std::vector<RecordSegment> segments;
  if (const auto fault = split_record_template(text, segments)) {
    field.problem(fault->what, fault->hint);
    return std::nullopt;
  }
  return segments;
}

// A number or truth value, or a text with variables: unlike other templates it needs no quotes to be one.
std::optional<std::string> read_value(const Field& field, std::initializer_list<std::string_view> values,
                                      const std::string& what, const std::string& wanted) {
  auto text = field.any_scalar();
  if (!text) return std::nullopt;
  const auto segments = split(field, *text);
  if (!segments) return std::nullopt;
  if (is_literal(*segments) && std::find(values.begin(), values.end(), *text) == values.end()) {
    field.problem(in_quotes(*text) + " is no " + what, "write " + wanted);
    return std::nullopt;
  }
  return text;
}

}  // namespace

std::optional<std::string> read_record_template(const Field& field) {
  auto text = field.filled_text();
  if (!text || !split(field, *text)) return std::nullopt;
  return text;
}

std::optional<std::string> read_mqtt_topic(const Field& field) {
  auto text = field.filled_text();
  if (!text) return std::nullopt;
  const auto segments = split(field, *text);
  if (!segments) return std::nullopt;
  const std::string literals = [&segments] {
    std::string all;
    for (const RecordSegment& segment : *segments) {
      if (segment.kind == RecordSegment::Kind::kLiteral) all += segment.text;
    }
    return all;
  }();
  const bool starts = segments->front().kind == RecordSegment::Kind::kLiteral;
  if (starts && segments->front().text.starts_with("$share/")) {
    field.problem("\"$share/\" starts a shared subscription, no topic", "write another topic");
  } else if (const auto wildcard = literals.find_first_of("+#"); wildcard != std::string::npos) {
    field.problem("an MQTT topic name cannot hold " + in_quotes(literals.substr(wildcard, 1)),
                  "+ and # are for filters");
  } else if (literals.size() > mqtt::kMaxFieldBytes) {
    field.problem("an MQTT topic name cannot have " + std::to_string(literals.size()) + " bytes",
                  "write at most " + std::to_string(mqtt::kMaxFieldBytes));
  } else if (const char* wrong = literals.empty() ? nullptr : mqtt::topic_name_problem(literals)) {
    field.problem(in_quotes(literals) + " " + wrong, "");
  } else {
    return text;
  }
  return std::nullopt;
}

std::optional<std::string> read_qos(const Field& field) {
  return read_value(field, {"0", "1", "2"}, "quality of service",
                    "0, 1, 2 or a template such as ${headers.mqtt.qos}");
}

std::optional<std::string> read_retain(const Field& field) {
  return read_value(field, {"true", "false"}, "truth value",
                    "true, false or a template such as ${headers.mqtt.retain}");
}

}  // namespace mkb::api
