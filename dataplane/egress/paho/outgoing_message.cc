#include "outgoing_message.h"

namespace mkb::dataplane {
namespace {

/// A field with a two-byte length.
std::size_t field(const std::string& text) {
  return 2 + text.size();
}

std::size_t varint(std::size_t value) {
  std::size_t bytes = 1;
  for (; value >= 128; value /= 128) {
    ++bytes;
  }
  return bytes;
}

}  // namespace

std::size_t packet_size(const OutgoingMessage& message) {
  std::size_t properties = 0;
  for (const auto* text : {&message.content_type, &message.response_topic, &message.correlation_data}) {
    properties += *text ? 1 + field(**text) : 0;
  }
  properties += message.expiry_seconds ? 5 : 0;
  properties += message.utf8_payload ? 2 : 0;
  for (const auto& [name, value] : message.user_properties) {
    properties += 1 + field(name) + field(value);
  }
  const std::size_t identifier = message.qos > 0 ? 2 : 0;
  const std::size_t rest =
      field(message.topic) + identifier + varint(properties) + properties + message.payload.size();
  return 1 + varint(rest) + rest;
}

}  // namespace mkb::dataplane
