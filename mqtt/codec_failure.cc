#include "mqtt/codec_failure.h"

#include <cassert>
#include <string>

namespace mkb::mqtt {

Error CodecFailure::error(PacketType type) const {
  assert(failed());
  std::string message = packet_type_name(type);
  message.append(": ").append(field_).append(" ").append(what_);
  if (value_) {
    message.append(" (found ").append(std::to_string(*value_)).append(")");
  }
  return {code_, std::move(message)};
}

}  // namespace mkb::mqtt
