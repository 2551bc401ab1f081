#include "kube/resource_kind.h"

namespace mkb::kube {
namespace {

// Names of most kinds need none of this, but those of roles may be any path segment (RFC 3986, 3.3).
bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~' || c == ':';
}

void append_segment(std::string& path, std::string_view segment) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  path += '/';
  for (const char c : segment) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte)) {
      path += c;
    } else {
      path += '%';
      path += kHex[byte >> 4U];
      path += kHex[byte & 15U];
    }
  }
}

}  // namespace

std::string ResourceKind::collection(std::string_view name_space) const {
  std::string path = group.empty() ? "/api" : "/apis";
  if (!group.empty()) append_segment(path, group);
  append_segment(path, version);
  if (!name_space.empty()) {
    path += "/namespaces";
    append_segment(path, name_space);
  }
  append_segment(path, plural);
  return path;
}

std::string ResourceKind::object(std::string_view name_space, std::string_view name) const {
  std::string path = collection(name_space);
  append_segment(path, name);
  return path;
}

std::string ResourceKind::api_version() const {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

}  // namespace mkb::kube
