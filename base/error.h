#pragma once

#include <string>
#include <type_traits>
#include <utility>

namespace mkb {

/// A failure as a value: which module's enum, which of its codes, and one readable sentence that names the
/// field path, topic or peer concerned. Cheap to move; safe to hand to another thread.
class Error {
 public:
  template <class Code, class = std::enable_if_t<std::is_enum_v<Code>>>
  Error(Code code, std::string message)
      : domain_(&kDomain<Code>), code_(static_cast<int>(code)), message_(std::move(message)) {}

  /// True when this error carries `code` of exactly that enum.
  template <class Code, class = std::enable_if_t<std::is_enum_v<Code>>>
  [[nodiscard]] bool is(Code code) const {
    return domain_ == &kDomain<Code> && code_ == static_cast<int>(code);
  }

  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }

  /// The same error with `context: ` before its message.
  [[nodiscard]] Error with_context(const std::string& context) const;

 private:
  // One address per enum type identifies the domain without RTTI or a registry.
  template <class Code>
  static inline constexpr char kDomain = 0;

  const void* domain_;
  int code_;
  std::string message_;
};

}  // namespace mkb
