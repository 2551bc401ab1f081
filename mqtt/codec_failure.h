#pragma once

#include <cstdint>
#include <optional>

#include "mqtt/codec_error.h"

namespace mkb::mqtt {

/// The first thing found wrong with a packet, kept as static text so that the path without errors pays
/// nothing for messages. Later findings are consequences of the first and are ignored.
class CodecFailure {
 public:
  /// `field` and `what` have static storage and read as one sentence: "Topic Alias", "must not be 0".
  void set(CodecError code, const char* field, const char* what) {
    if (what_ == nullptr) {
      code_ = code;
      field_ = field;
      what_ = what;
    }
  }
  /// Also shows the value that was found.
  void set(CodecError code, const char* field, const char* what, std::uint32_t value) {
    if (what_ == nullptr) {
      set(code, field, what);
      value_ = value;
    }
  }

  [[nodiscard]] bool failed() const { return what_ != nullptr; }
  /// "CONNACK: reason code is not one of CONNACK's (found 7)"; only when failed().
  [[nodiscard]] Error error(PacketType type) const;

 private:
  CodecError code_{};
  const char* field_ = nullptr;
  const char* what_ = nullptr;
  std::optional<std::uint32_t> value_;
};

}  // namespace mkb::mqtt
