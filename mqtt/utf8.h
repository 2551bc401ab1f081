#pragma once

#include <string_view>

namespace mkb::mqtt {

/// Whether `text` may stand in an MQTT string: well-formed UTF-8 without surrogates [MQTT-1.5.4-1] and
/// without U+0000 [MQTT-1.5.4-2]. Overlong forms and code points above U+10FFFF are not well-formed.
/// Control and non-characters are allowed, as the specification leaves them to the receiver.
bool is_mqtt_utf8(std::string_view text);

}  // namespace mkb::mqtt
