#pragma once

#include <cstdint>
#include <string>

namespace mkb::lab {

/// A TCP port of 127.0.0.1 on which nobody listens, below the range that the kernel hands to outgoing
/// connections: it stays free while a server that had it restarts. Never the same twice in one process.
std::uint16_t free_port();

/// True when something accepts connections on address:port.
bool accepts_connections(std::uint16_t port, const std::string& address = "127.0.0.1");

}  // namespace mkb::lab
