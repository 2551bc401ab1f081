#include "dataplane/route/message_headers.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "mqtt/property.h"

namespace mkb::dataplane {
namespace {

using mqtt::PropertyId;

std::uint32_t read_hops(std::string_view text) {
  std::uint32_t hops = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), hops);
  if (parsed.ptr != text.data() + text.size()) {
    return 0;
  }
  // A number that is too large is no reason to let the message go on.
  return parsed.ec == std::errc::result_out_of_range ? std::numeric_limits<std::uint32_t>::max() : hops;
}

std::string_view qos_text(std::uint8_t qos) {
  return std::string_view("012").substr(qos, 1);
}

void append_property(const mqtt::Property& property, RecordHeaders& out) {
  switch (property.id) {
    case PropertyId::kContentType:
      out.add("mqtt.content-type", property.text);
      break;
    case PropertyId::kResponseTopic:
      out.add("mqtt.response-topic", property.text);
      break;
    case PropertyId::kCorrelationData:
      out.add("mqtt.correlation-data", property.text);
      break;
    case PropertyId::kMessageExpiryInterval:
      out.add_number("mqtt.expiry", property.integer);
      break;
    case PropertyId::kPayloadFormatIndicator:
      out.add_number("mqtt.payload-format-indicator", property.integer);
      break;
    default:
      break;
  }
}

}  // namespace

Passage read_passage(const mqtt::PropertyView& properties, std::string_view bridge_uid) {
  Passage passage;
  for (const mqtt::Property& property : properties) {
    if (property.id != PropertyId::kUserProperty) {
      continue;
    }
    if (property.text == kOriginHeader) {
      passage.origin = passage.origin.empty() ? property.value : passage.origin;
      passage.own = passage.own || property.value == bridge_uid;
    } else if (property.text == kHopsHeader) {
      passage.hops = std::max(passage.hops, read_hops(property.value));
    }
  }
  return passage;
}

void append_message_headers(const mqtt::PublishView& publish, RecordHeaders& out) {
  for (const mqtt::Property& property : publish.properties) {
    if (property.id == PropertyId::kUserProperty && !property.text.starts_with(kBridgePrefix)) {
      out.add(property.text, property.value);
    }
  }
  out.add("mqtt.topic", publish.topic);
  out.add("mqtt.qos", qos_text(publish.qos));
  out.add("mqtt.retain", publish.retain ? "true" : "false");
  for (const mqtt::Property& property : publish.properties) {
    append_property(property, out);
  }
}

void append_passage_headers(const Passage& passage, std::string_view bridge_uid, RecordHeaders& out) {
  out.add(kOriginHeader, passage.origin.empty() ? bridge_uid : passage.origin);
  out.add_number(kHopsHeader, std::uint64_t{passage.hops} + 1);
}

}  // namespace mkb::dataplane
