#include "kube/query.h"

namespace mkb::kube {
namespace {

bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

Query& Query::add(std::string_view name, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  if (value.empty()) {
    return *this;
  }
  target_ += first_ ? '?' : '&';
  first_ = false;
  target_.append(name).push_back('=');
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte)) {
      target_ += c;
    } else {
      target_ += '%';
      target_ += kHex[byte >> 4U];
      target_ += kHex[byte & 15U];
    }
  }
  return *this;
}

}  // namespace mkb::kube
