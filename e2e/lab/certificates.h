#pragma once

#include <filesystem>

namespace mkb::lab {

/// Certificates of a small public key infrastructure, made with the openssl program.
struct Certificates {
  std::filesystem::path ca;        ///< signed `server` and `client`
  std::filesystem::path other_ca;  ///< signed neither
  std::filesystem::path server;    ///< for 127.0.0.1 and localhost
  std::filesystem::path server_key;
  std::filesystem::path client;
  std::filesystem::path client_key;
};

/// Makes all of them in `dir`, valid for a day.
Certificates make_certificates(const std::filesystem::path& dir);

}  // namespace mkb::lab
