#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mqtt/property.h"

namespace mkb::mqtt {

/// Properties that own their bytes: those of packets that are built here or kept longer than the read
/// buffer. Order is kept. Whether a packet may carry them is checked when it is encoded.
class Properties {
 public:
  Properties() = default;
  /// Copies what a view shows.
  explicit Properties(PropertyView view) : bytes_(view.bytes()) {}

  /// Appends a numeric property; `value` must fit its width (asserted, as is the kind of `id` below).
  Properties& add(PropertyId id, std::uint32_t value);
  /// Appends a string or binary property. More than 65535 bytes cannot be encoded: the value is left out
  /// and encoding the packet fails with kTooLarge.
  Properties& add(PropertyId id, std::string_view text);
  /// Appends a User Property; too long names and values as above.
  Properties& add_user_property(std::string_view name, std::string_view value);

  void clear();
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  /// True when a value was too long to be encoded.
  [[nodiscard]] bool overflowed() const { return overflowed_; }
  /// Valid until this object changes or moves.
  [[nodiscard]] PropertyView view() const { return PropertyView(bytes_); }

  friend bool operator==(const Properties&, const Properties&) = default;

 private:
  std::string bytes_;
  bool overflowed_ = false;
};

}  // namespace mkb::mqtt
