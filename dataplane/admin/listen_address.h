#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mkb::dataplane {

enum class AdminError {
  kBadAddress,  ///< the text is not an address to listen at
  kListen,      ///< the system refused to listen there
};

struct ListenAddress {
  std::string host;        ///< an IP address without brackets; empty: every address of the machine
  std::uint16_t port = 0;  ///< 0: any free port
};

/// Reads "127.0.0.1:9464", "[::1]:9464", "localhost:9464" (the IPv4 loopback) or ":9464". A host name other
/// than localhost is refused: what it resolves to is not the reader's to see. Fails with kBadAddress. Pure.
Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace mkb::dataplane
