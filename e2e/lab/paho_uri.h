#pragma once

#include <string>

namespace mkb::lab {

/// mqtt://host:port as Eclipse Paho wants it.
inline std::string paho_uri(const std::string& uri) {
  const std::string scheme = "mqtt://";
  return uri.rfind(scheme, 0) == 0 ? "tcp://" + uri.substr(scheme.size()) : uri;
}

}  // namespace mkb::lab
