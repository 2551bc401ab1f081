#include "kube/test_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace mkb::kube {
namespace {

// False: stopped.
bool wait_readable(int descriptor, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd poll{descriptor, POLLIN, 0};
    if (::poll(&poll, 1, 10) > 0) return true;
  }
  return false;
}

std::size_t body_length(const std::string& head) {
  const std::string name = "\r\nContent-Length:";
  const std::size_t at = head.find(name);
  std::size_t length = 0;
  if (at != std::string::npos) {
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  }
  return length;
}

}  // namespace

std::string TestHttpServer::Connection::request() {
  for (;;) {
    const std::size_t end = received_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t size = end + 4 + body_length(received_.substr(0, end + 2));
      if (received_.size() >= size) {
        std::string whole = received_.substr(0, size);
        received_.erase(0, size);
        return whole;
      }
    }
    if (!wait_readable(descriptor_, stop_)) return {};
    std::array<char, 4096> piece{};
    const ssize_t count = ::recv(descriptor_, piece.data(), piece.size(), 0);
    if (count <= 0) return {};
    received_.append(piece.data(), static_cast<std::size_t>(count));
  }
}

void TestHttpServer::Connection::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

void TestHttpServer::Connection::be_silent() const {
  std::array<char, 256> ignored{};
  while (wait_readable(descriptor_, stop_)) {
    if (::recv(descriptor_, ignored.data(), ignored.size(), 0) <= 0) return;
  }
}

TestHttpServer::TestHttpServer(Serve serve) : serve_(std::move(serve)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, length) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, any, &length) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

TestHttpServer::~TestHttpServer() {
  acceptor_.request_stop();
  acceptor_.join();
  ::close(listener_);
}

void TestHttpServer::accept_all(const std::stop_token& stop) {
  while (wait_readable(listener_, stop)) {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    ++connections_;
    served_.emplace_back([this, descriptor, stop] {
      Connection connection(descriptor, stop);
      serve_(connection);
      ::close(descriptor);
    });
  }
  served_.clear();
}

std::string http_answer(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string http_chunked_head(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string http_chunk(const std::string& bytes) {
  std::ostringstream chunk;
  chunk << std::hex << bytes.size() << "\r\n" << bytes << "\r\n";
  return chunk.str();
}

}  // namespace mkb::kube
