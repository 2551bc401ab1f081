#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/bridge_spec.h"

namespace mkb::api {

/// Why an address is none. Neither text repeats user info, which may hold a password.
struct AddressFault {
  std::string what;
  std::string hint;
};

/// Reads `mqtt://host[:port]` or `mqtts://host[:port]` (`tcp://` and `ssl://` mean the same) into `server`;
/// IPv6 addresses stand in brackets and lose them. The port is 1883 or 8883 unless written.
std::optional<AddressFault> parse_mqtt_server(std::string_view url, MqttServer& server);

/// Checks a Kafka bootstrap server, `host:port`.
std::optional<AddressFault> check_bootstrap_server(std::string_view text);

}  // namespace mkb::api
