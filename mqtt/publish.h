#pragma once

#include <cstdint>
#include <string_view>

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

}  // namespace mkb::mqtt
