#include "mqtt/frame.h"

#include <string>

namespace mkb::mqtt {

FrameScan next_frame(std::string_view buffer, std::uint32_t max_packet_size) {
  FrameScan scan;
  if (buffer.empty()) {
    scan.missing = 2;
    return scan;
  }
  scan.frame.first_byte = static_cast<std::uint8_t>(buffer[0]);
  if (scan.frame.first_byte >> 4 == 0) {
    scan.state = FrameScan::State::kError;
    return scan;
  }
  std::size_t body = 0;
  std::size_t header = 1;
  for (;;) {
    if (header == 5) {
      scan.state = FrameScan::State::kError;
      return scan;
    }
    if (header == buffer.size()) {
      scan.missing = 1;
      return scan;
    }
    const auto byte = static_cast<std::uint8_t>(buffer[header]);
    body |= static_cast<std::size_t>(byte & 0x7f) << (7 * (header - 1));
    ++header;
    if ((byte & 0x80) == 0) {
      break;
    }
  }
  scan.frame.total_size = header + body;
  if (scan.frame.total_size > max_packet_size) {
    scan.state = FrameScan::State::kError;
    scan.code = CodecError::kTooLarge;
    scan.limit = max_packet_size;
  } else if (buffer.size() < scan.frame.total_size) {
    scan.missing = scan.frame.total_size - buffer.size();
  } else {
    scan.state = FrameScan::State::kFrame;
    scan.frame.body = buffer.substr(header, body);
  }
  return scan;
}

Error FrameScan::error() const {
  std::string message = packet_type_name(frame.type());
  if (code == CodecError::kTooLarge) {
    message += ": packet of " + std::to_string(frame.total_size) + " bytes is larger than the limit of " +
               std::to_string(limit);
  } else if (frame.first_byte >> 4 == 0) {
    message = "packet type 0 is reserved [MQTT-2.1.2]";
  } else {
    message += ": remaining length has more than four bytes";
  }
  return {code, std::move(message)};
}

}  // namespace mkb::mqtt
