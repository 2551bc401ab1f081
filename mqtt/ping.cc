#include "mqtt/ping.h"

#include "mqtt/packet_codec.h"

namespace mkb::mqtt {

Result<Pingreq> decode_pingreq(const Frame& frame, Version version) {
  WireReader in = open_frame(frame, PacketType::kPingreq, version);
  return finish_decoding(in, PacketType::kPingreq, Pingreq{});
}

Result<Pingresp> decode_pingresp(const Frame& frame, Version version) {
  WireReader in = open_frame(frame, PacketType::kPingresp, version);
  return finish_decoding(in, PacketType::kPingresp, Pingresp{});
}

void append_pingreq(std::string& out) {
  out.append("\xc0\0", 2);
}

void append_pingresp(std::string& out) {
  out.append("\xd0\0", 2);
}

}  // namespace mkb::mqtt
