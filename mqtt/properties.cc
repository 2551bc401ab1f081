#include "mqtt/properties.h"

#include <cassert>

#include "mqtt/property_codec.h"

namespace mkb::mqtt {

Properties& Properties::add(PropertyId id, std::uint32_t value) {
  WireWriter out(bytes_);
  out.u8(static_cast<std::uint8_t>(id));
  switch (property_kind(id)) {
    case PropertyKind::kByte:
      assert(value <= 0xff);
      out.u8(static_cast<std::uint8_t>(value));
      break;
    case PropertyKind::kTwoBytes:
      assert(value <= 0xffff);
      out.u16(static_cast<std::uint16_t>(value));
      break;
    case PropertyKind::kFourBytes:
      out.u32(value);
      break;
    case PropertyKind::kVarint:
      assert(value <= kMaxVariableByteInteger);
      out.varint(value);
      break;
    default:
      assert(false && "not a numeric property");
  }
  return *this;
}

Properties& Properties::add(PropertyId id, std::string_view text) {
  assert(property_kind(id) == PropertyKind::kText || property_kind(id) == PropertyKind::kBinary);
  if (text.size() > kMaxFieldBytes) {
    overflowed_ = true;
    return *this;
  }
  WireWriter out(bytes_);
  out.u8(static_cast<std::uint8_t>(id));
  out.binary(text, property_name(id));
  return *this;
}

Properties& Properties::add_user_property(std::string_view name, std::string_view value) {
  if (name.size() > kMaxFieldBytes || value.size() > kMaxFieldBytes) {
    overflowed_ = true;
    return *this;
  }
  WireWriter out(bytes_);
  out.u8(static_cast<std::uint8_t>(PropertyId::kUserProperty));
  out.binary(name, "User Property");
  out.binary(value, "User Property");
  return *this;
}

void Properties::clear() {
  bytes_.clear();
  overflowed_ = false;
}

}  // namespace mkb::mqtt
