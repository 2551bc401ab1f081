#include "e2e/lab/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <random>
#include <set>

#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace {

constexpr const char* kLoopback = "127.0.0.1";

sockaddr_in endpoint(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &result.sin_addr) != 1) {
    throw LabError(address + " is no IPv4 address");
  }
  return result;
}

using SocketCall = int (*)(int, const sockaddr*, socklen_t);

bool succeeds_on(const std::string& host, std::uint16_t port, SocketCall call) {
  const auto address = endpoint(host, port);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool ok = call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return ok;
}

}  // namespace

std::uint16_t free_port() {
  static std::mutex mutex;
  static std::set<std::uint16_t> given;
  static std::mt19937 random{std::random_device{}()};
  const std::lock_guard lock(mutex);
  std::uniform_int_distribution<int> range(20'000, 32'000);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(range(random));
    if (given.count(port) == 0 && succeeds_on(kLoopback, port, ::bind)) {
      given.insert(port);
      return port;
    }
  }
  throw LabError("no free port on 127.0.0.1 between 20000 and 32000");
}

bool accepts_connections(std::uint16_t port, const std::string& address) {
  return succeeds_on(address, port, ::connect);
}

}  // namespace mkb::lab
