#include "dataplane/egress/message_builder.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "dataplane/route/message_headers.h"
#include "mqtt/topic_filter.h"
#include "mqtt/utf8.h"

namespace mkb::dataplane {
namespace {

constexpr std::string_view kMqttPrefix = "mqtt.";
constexpr std::size_t kMaxStringBytes = 65'535;

/// Whether MQTT can carry it as a string.
bool is_mqtt_string(std::string_view text) {
  return text.size() <= kMaxStringBytes && mqtt::is_mqtt_utf8(text);
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return parsed.ec == std::errc() ? value : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

Result<MessageBuilder> MessageBuilder::create(const api::KafkaToMqttRoute& route, api::MqttVersion version,
                                              std::string bridge_uid) {
  MessageBuilder builder;
  const auto compile = [](const std::string& text, RecordText& to) -> Result<void> {
    auto compiled = RecordText::compile(text);
    if (!compiled) {
      return compiled.error();
    }
    to = std::move(*compiled);
    return {};
  };
  for (const auto& [text, to] :
       {std::pair{&route.topic, &builder.topic_}, std::pair{&route.qos, &builder.qos_},
        std::pair{&route.retain, &builder.retain_}, std::pair{&route.payload, &builder.payload_}}) {
    if (auto done = compile(*text, *to); !done) {
      return done.error().with_context("route " + route.name);
    }
  }
  for (const auto& [name, text] : route.user_properties) {
    RecordText compiled;
    if (auto done = compile(text, compiled); !done) {
      return done.error().with_context("route " + route.name + ", user property " + name);
    }
    builder.user_properties_.emplace_back(name, std::move(compiled));
  }
  if (route.message_expiry) {
    builder.default_expiry_ = static_cast<std::uint32_t>(route.message_expiry->count());
  }
  builder.has_properties_ = version == api::MqttVersion::k5;
  builder.bridge_uid_ = std::move(bridge_uid);
  return builder;
}

std::optional<BuildFailure> MessageBuilder::build(const ConsumedRecord& record, std::int64_t now_unix_ms,
                                                  OutgoingMessage& message) {
  message = {};
  context_.reset(record);
  if (auto looped = check_passage(record)) {
    return looped;
  }
  if (auto expired = set_expiry(record, now_unix_ms, message)) {
    return expired;
  }
  if (const auto problem = topic_.render(context_, message.topic)) {
    return BuildFailure{DropReason::kTemplate, "topic", *problem};
  }
  if (const char* problem = mqtt::topic_name_problem(message.topic)) {
    return BuildFailure{DropReason::kInvalidTopic, "topic", "the MQTT topic " + std::string(problem)};
  }
  if (auto failed = render_flags(message)) {
    return failed;
  }
  if (const auto problem = payload_.render(context_, message.payload)) {
    return BuildFailure{DropReason::kTemplate, "payload", *problem};
  }
  return has_properties_ ? set_properties(record, message) : std::nullopt;
}

std::string MessageBuilder::topic_of(const ConsumedRecord& record) {
  context_.reset(record);
  std::string topic;
  return topic_.render(context_, topic) ? topic_.text() : topic;
}

std::optional<BuildFailure> MessageBuilder::render_flags(OutgoingMessage& message) {
  scratch_.clear();
  if (const auto problem = qos_.render(context_, scratch_)) {
    return BuildFailure{DropReason::kTemplate, "qos", *problem};
  }
  if (scratch_ != "0" && scratch_ != "1" && scratch_ != "2") {
    return BuildFailure{DropReason::kTemplate, "qos",
                        qos_.text() + ": is worth something other than 0, 1 or 2"};
  }
  message.qos = scratch_.front() - '0';
  scratch_.clear();
  if (const auto problem = retain_.render(context_, scratch_)) {
    return BuildFailure{DropReason::kTemplate, "retain", *problem};
  }
  if (scratch_ != "true" && scratch_ != "false") {
    return BuildFailure{DropReason::kTemplate, "retain",
                        retain_.text() + ": is worth something other than true or false"};
  }
  message.retain = scratch_ == "true";
  return std::nullopt;
}

std::optional<BuildFailure> MessageBuilder::check_passage(const ConsumedRecord& record) {
  origin_.clear();
  hops_ = 0;
  bool own = false;
  for (const auto& [name, value] : record.headers) {
    if (name == kOriginHeader) {
      if (origin_.empty() && is_mqtt_string(value)) {
        origin_ = value;
      }
      own = own || value == bridge_uid_;
    } else if (name == kHopsHeader) {
      hops_ = std::max(hops_, number(value).value_or(0));
    }
  }
  if (own) {
    return BuildFailure{
        DropReason::kLoop, "loop",
        "its mkb-origin header names this bridge: it came from MQTT through it; programs that "
        "make new records of such records leave mkb- headers out"};
  }
  if (hops_ >= kMaxHops) {
    return BuildFailure{DropReason::kLoop, "loop", "has passed " + std::to_string(hops_) + " bridges"};
  }
  return std::nullopt;
}

// What the record's header says, or else the route's default; none: it never expires.
std::optional<std::uint64_t> MessageBuilder::seconds_valid(const ConsumedRecord& record) const {
  if (const auto header = record.header("mqtt.expiry")) {
    if (const auto written = number(*header)) {
      return written;
    }
  }
  return default_expiry_;
}

std::optional<BuildFailure> MessageBuilder::set_expiry(const ConsumedRecord& record, std::int64_t now_unix_ms,
                                                       OutgoingMessage& message) const {
  const std::optional<std::uint64_t> valid_for = seconds_valid(record);
  if (!valid_for) {
    return std::nullopt;
  }
  const std::uint64_t seconds = *valid_for;
  std::uint64_t age = 0;
  if (record.timestamp_ms > 0 && now_unix_ms > record.timestamp_ms) {
    age = static_cast<std::uint64_t>(now_unix_ms - record.timestamp_ms) / 1000;
  }
  if (age >= seconds) {
    return BuildFailure{
        DropReason::kExpired, "expiry",
        "expired: " + std::to_string(age) + " s old, valid for " + std::to_string(seconds) + " s"};
  }
  message.expiry_seconds = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(seconds - age, std::numeric_limits<std::uint32_t>::max()));
  return std::nullopt;
}

std::optional<BuildFailure> MessageBuilder::set_properties(const ConsumedRecord& record,
                                                           OutgoingMessage& message) {
  for (const auto& [name, value] : record.headers) {
    if (name == "mqtt.content-type" && is_mqtt_string(value)) {
      message.content_type = value;
    } else if (name == "mqtt.response-topic" && mqtt::is_topic_name(value)) {
      message.response_topic = value;
    } else if (name == "mqtt.correlation-data" && value.size() <= kMaxStringBytes) {
      message.correlation_data = value;
    } else if (name == "mqtt.payload-format-indicator") {
      // A promise that the payload is text must hold, or the broker may close the connection (0x99).
      message.utf8_payload = value == "1" && mqtt::is_mqtt_utf8(message.payload);
    } else if (!name.starts_with(kMqttPrefix) && !name.starts_with(kBridgePrefix) && is_mqtt_string(name) &&
               is_mqtt_string(value)) {
      message.user_properties.emplace_back(name, value);
    }
  }
  for (const auto& [name, text] : user_properties_) {
    scratch_.clear();
    if (const auto problem = text.render(context_, scratch_)) {
      return BuildFailure{DropReason::kTemplate, "user_properties", name + ": " + *problem};
    }
    if (!is_mqtt_string(scratch_)) {
      return BuildFailure{DropReason::kTemplate, "user_properties",
                          name + ": the value is no UTF-8 text of at most 65535 bytes"};
    }
    message.user_properties.emplace_back(name, scratch_);
  }
  message.user_properties.emplace_back(kOriginHeader, origin_.empty() ? bridge_uid_ : origin_);
  message.user_properties.emplace_back(kHopsHeader, std::to_string(hops_ + 1));
  return std::nullopt;
}

}  // namespace mkb::dataplane
