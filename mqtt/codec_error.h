#pragma once

#include "base/error.h"
#include "mqtt/reason_code.h"

namespace mkb::mqtt {

/// Why bytes are not a packet, or a packet cannot become bytes. Messages name packet and field:
/// "PUBLISH: Topic Alias must not be 0".
enum class CodecError {
  kMalformed,           ///< cannot be parsed according to the specification (4.13.1)
  kProtocol,            ///< parses, but breaks a rule of the protocol
  kTooLarge,            ///< larger than the limit given, or than the format can express
  kUnsupportedVersion,  ///< CONNECT for a protocol other than 3.1.1 and 5
};

/// The reason to put into the DISCONNECT (or CONNACK) that answers a packet refused with this error:
/// 0x81, 0x82, 0x95 or 0x84; 0x80 for an error of another module.
ReasonCode disconnect_reason(const Error& error);

}  // namespace mkb::mqtt
