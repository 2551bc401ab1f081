#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace mkb::lab {

struct HttpReply {
  int status = 0;  ///< 0: no answer
  std::string type;
  std::string body;
};

/// GET http://127.0.0.1:port/path. Never throws: no answer within `timeout` is status 0.
HttpReply http_get(std::uint16_t port, const std::string& path,
                   std::chrono::milliseconds timeout = std::chrono::seconds(5));
/// The same over TLS, trusting only `ca`.
HttpReply https_get(std::uint16_t port, const std::string& path, const std::filesystem::path& ca,
                    std::chrono::milliseconds timeout = std::chrono::seconds(5));

}  // namespace mkb::lab
