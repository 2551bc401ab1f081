#include "mqtt/property.h"

#include <cassert>

#include "mqtt/property_codec.h"

namespace mkb::mqtt {

void PropertyView::Iterator::advance() {
  if (rest_.empty()) {
    done_ = true;
    return;
  }
  WireReader in(rest_);
  current_ = read_property(in);
  assert(!in.failed());
  rest_ = in.rest();
}

std::optional<std::uint32_t> PropertyView::integer(PropertyId id) const {
  for (const Property& property : *this) {
    if (property.id == id) {
      return property.integer;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> PropertyView::text(PropertyId id) const {
  for (const Property& property : *this) {
    if (property.id == id) {
      return property.text;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> PropertyView::user_property(std::string_view name) const {
  for (const Property& property : *this) {
    if (property.id == PropertyId::kUserProperty && property.text == name) {
      return property.value;
    }
  }
  return std::nullopt;
}

}  // namespace mkb::mqtt
