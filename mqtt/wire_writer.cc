#include "mqtt/wire_writer.h"

#include "mqtt/utf8.h"

namespace mkb::mqtt {
namespace {

/// Writes `value` as a variable byte integer; returns the bytes used.
std::size_t put_varint(std::size_t value, char* bytes) {
  std::size_t count = 0;
  do {
    const auto low = static_cast<unsigned char>(value & 0x7f);
    value >>= 7;
    bytes[count++] = static_cast<char>(value == 0 ? low : low | 0x80);
  } while (value != 0);
  return count;
}

}  // namespace

void WireWriter::u16(std::uint16_t value) {
  const char bytes[] = {static_cast<char>(value >> 8), static_cast<char>(value)};
  out_.append(bytes, sizeof bytes);
}

void WireWriter::u32(std::uint32_t value) {
  u16(static_cast<std::uint16_t>(value >> 16));
  u16(static_cast<std::uint16_t>(value));
}

void WireWriter::varint(std::size_t value) {
  if (value > kMaxVariableByteInteger) {
    failure_.set(CodecError::kTooLarge, "packet", "has more bytes than a variable byte integer can express");
    return;
  }
  char bytes[4];
  out_.append(bytes, put_varint(value, bytes));
}

void WireWriter::binary(std::string_view bytes, const char* field) {
  if (bytes.size() > kMaxFieldBytes) {
    failure_.set(CodecError::kTooLarge, field, "is longer than 65535 bytes");
    return;
  }
  u16(static_cast<std::uint16_t>(bytes.size()));
  raw(bytes);
}

void WireWriter::text(std::string_view text, const char* field) {
  if (!is_mqtt_utf8(text)) {
    failure_.set(CodecError::kMalformed, field, "is not UTF-8 without U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]");
  }
  binary(text, field);
}

Result<void> WireWriter::finish(PacketType type, std::uint8_t flags) {
  const std::size_t body = out_.size() - start_;
  if (body > kMaxVariableByteInteger) {
    failure_.set(CodecError::kTooLarge, "packet", "has more bytes than a variable byte integer can express");
  }
  if (failure_.failed()) {
    out_.resize(start_);
    return failure_.error(type);
  }
  char header[5];
  header[0] = static_cast<char>((static_cast<unsigned>(type) << 4) | flags);
  const std::size_t size = 1 + put_varint(body, header + 1);
  out_.insert(start_, header, size);
  return {};
}

}  // namespace mkb::mqtt
