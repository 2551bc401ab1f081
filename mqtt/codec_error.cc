#include "mqtt/codec_error.h"

namespace mkb::mqtt {

ReasonCode disconnect_reason(const Error& error) {
  if (error.is(CodecError::kMalformed)) {
    return ReasonCode::kMalformedPacket;
  }
  if (error.is(CodecError::kProtocol)) {
    return ReasonCode::kProtocolError;
  }
  if (error.is(CodecError::kTooLarge)) {
    return ReasonCode::kPacketTooLarge;
  }
  if (error.is(CodecError::kUnsupportedVersion)) {
    return ReasonCode::kUnsupportedProtocolVersion;
  }
  return ReasonCode::kUnspecifiedError;
}

}  // namespace mkb::mqtt
