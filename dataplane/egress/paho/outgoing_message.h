#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mkb::dataplane {

/// An MQTT message on its way to the broker. MQTT 3.1.1 carries only the first four fields.
struct OutgoingMessage {
  std::string topic;
  std::string payload;
  int qos = 1;
  bool retain = false;
  std::optional<std::string> content_type;
  std::optional<std::string> response_topic;
  std::optional<std::string> correlation_data;
  std::optional<std::uint32_t> expiry_seconds;
  bool utf8_payload = false;  ///< payload format indicator 1
  std::vector<std::pair<std::string, std::string>> user_properties;
};

/// Bytes of its PUBLISH packet in MQTT 5, for the broker's Maximum Packet Size [MQTT-3.2.2-15].
std::size_t packet_size(const OutgoingMessage& message);

}  // namespace mkb::dataplane
