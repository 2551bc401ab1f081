#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "mqtt/frame.h"
#include "mqtt/properties.h"

namespace mkb::mqtt {

/// What the server publishes when the client goes without saying so (3.1.2.5).
struct Will {
  std::string topic;
  std::string payload;
  std::uint8_t qos = 0;
  bool retain = false;
  Properties properties;  ///< MQTT 5 only

  friend bool operator==(const Will&, const Will&) = default;
};

struct Connect {
  Version version = Version::k5;
  bool clean_start = true;       ///< Clean Session in 3.1.1
  std::uint16_t keep_alive = 0;  ///< seconds; 0: none
  std::string client_id;         ///< may be empty: the server assigns one
  std::optional<Will> will;
  std::optional<std::string> user_name;
  std::optional<std::string> password;  ///< binary; never logged
  Properties properties;                ///< MQTT 5 only

  friend bool operator==(const Connect&, const Connect&) = default;
};

/// Decodes a CONNECT, which names its own version; any other than 3.1.1 and 5 is kUnsupportedVersion.
Result<Connect> decode_connect(const Frame& frame);

/// Appends the packet; on failure `out` is unchanged. Properties are left out for 3.1.1.
Result<void> encode(const Connect& connect, std::string& out);

}  // namespace mkb::mqtt
