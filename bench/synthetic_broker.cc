#include "bench/synthetic_broker.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace mkb::bench {
namespace {

int check(int result, const char* what) {
  if (result < 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
  return result;
}

}  // namespace

SyntheticBroker::SyntheticBroker(const FloodOptions& options, std::uint16_t port)
    : options_(options),
      listener_(check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")),
      epoll_(check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      stop_(check(eventfd(0, EFD_CLOEXEC), "eventfd")) {
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  check(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  check(listen(listener_, 128), "listen");
  socklen_t length = sizeof address;
  check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  port_ = ntohs(address.sin_port);
  watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
  watch(stop_, EPOLLIN, EPOLL_CTL_ADD);
  thread_ = std::thread([this] { run(); });
}

SyntheticBroker::~SyntheticBroker() {
  eventfd_write(stop_, 1);
  thread_.join();
  clients_.clear();
  close(listener_);
  close(epoll_);
  close(stop_);
}

void SyntheticBroker::watch(int fd, std::uint32_t events, int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  check(epoll_ctl(epoll_, operation, fd, &event), "epoll_ctl");
}

void SyntheticBroker::accept() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) {
    return;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  clients_[fd].session = std::make_unique<FloodSession>(fd, options_, counts_);
  watch(fd, EPOLLIN, EPOLL_CTL_ADD);
}

void SyntheticBroker::run() {
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      const int fd = event.data.fd;
      if (fd == stop_) {
        return;
      }
      if (fd == listener_) {
        accept();
        continue;
      }
      Client& client = clients_[fd];
      const bool alive = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0
                             ? client.session->on_readable()
                             : client.session->on_writable();
      if (!alive) {
        clients_.erase(fd);  // closing the socket ends its watch
        continue;
      }
      if (client.session->wants_to_write() != client.watches_writable) {
        client.watches_writable = !client.watches_writable;
        watch(fd, client.watches_writable ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
      }
    }
  }
}

}  // namespace mkb::bench
