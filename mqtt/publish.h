#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mqtt/frame.h"
#include "mqtt/properties.h"
#include "mqtt/property.h"

namespace mkb::mqtt {

/// A received PUBLISH as views into the read buffer: valid only until the buffer is read into again, so a
/// handler copies what it keeps. Decoding one allocates nothing.
struct PublishView {
  std::string_view topic;  ///< valid UTF-8 without wildcards; empty in MQTT 5 when only an alias was sent
  std::string_view payload;
  std::uint16_t packet_id = 0;  ///< 0 for QoS 0
  std::uint8_t qos = 0;
  bool dup = false;
  bool retain = false;
  PropertyView properties;  ///< validated; empty for 3.1.1
};

/// A PUBLISH that owns what it carries.
struct Publish {
  Publish() = default;
  explicit Publish(const PublishView& view);

  std::string topic;
  std::string payload;
  std::uint16_t packet_id = 0;
  std::uint8_t qos = 0;
  bool dup = false;
  bool retain = false;
  Properties properties;

  /// Valid until this object changes or moves.
  [[nodiscard]] PublishView view() const;
  friend bool operator==(const Publish&, const Publish&) = default;
};

/// Decodes a PUBLISH frame. Refused: QoS 3 [MQTT-3.3.1-4], DUP with QoS 0 [MQTT-3.3.1-2], packet identifier
/// 0 [MQTT-2.2.1-3], a topic name that is empty without an alias or has wildcards [MQTT-3.3.2-2]. Whether an
/// alias is within the announced maximum is the session's to check.
Result<PublishView> decode_publish(const Frame& frame, Version version, Sender sender);

/// Appends the packet; on failure `out` is unchanged. Accepts exactly what decode_publish accepts;
/// properties are left out for 3.1.1.
Result<void> encode(const PublishView& publish, Version version, Sender sender, std::string& out);
Result<void> encode(const Publish& publish, Version version, Sender sender, std::string& out);

/// Bytes that encode() would append, to be compared with the peer's Maximum Packet Size [MQTT-3.1.2-24].
std::size_t encoded_size(const PublishView& publish, Version version);

}  // namespace mkb::mqtt
