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

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

using SocketCall = int (*)(int, const sockaddr*, socklen_t);

bool succeeds_on(std::uint16_t port, SocketCall call) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto address = loopback(port);
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
    if (given.count(port) == 0 && succeeds_on(port, ::bind)) {
      given.insert(port);
      return port;
    }
  }
  throw LabError("no free port on 127.0.0.1 between 20000 and 32000");
}

bool accepts_connections(std::uint16_t port) {
  return succeeds_on(port, ::connect);
}

}  // namespace mkb::lab
