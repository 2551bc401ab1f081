#include "dataplane/admin/admin_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <string>
#include <thread>
#include <utility>

#include "dataplane/admin/admin_connection.h"
#include "dataplane/admin/listen_address.h"
#include "dataplane/admin/snapshot_thread.h"

namespace mkb::dataplane {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct AdminServer::Impl {
  Impl(SnapshotSource snapshot_source, AdminServerLimits server_limits, AdminPages server_pages)
      : source(std::move(snapshot_source)), limits(server_limits), pages(std::move(server_pages)) {}

  Result<void> listen(const std::string& address, std::uint16_t port);
  error_code listen_at(const tcp::endpoint& endpoint);
  void accept();
  void accept_later();
  void make_room();
  void close();

  SnapshotSource source;
  AdminServerLimits limits;
  AdminPages pages;
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  bool closing = false;
  std::unique_ptr<SnapshotThread> snapshots;
  std::list<std::weak_ptr<AdminConnection>> connections;  // the oldest first
  std::thread thread;
};

Result<void> AdminServer::Impl::listen(const std::string& address, std::uint16_t port) {
  error_code ec;
  if (address.empty()) {
    ec = listen_at({tcp::v6(), port});  // of both versions
    if (ec == asio::error::address_family_not_supported) {
      ec = listen_at({tcp::v4(), port});
    }
  } else {
    const auto host = asio::ip::make_address(address, ec);
    if (ec) {
      return Error(AdminError::kBadAddress, "'" + address + "' is not an IP address");
    }
    ec = listen_at({host, port});
  }
  if (ec) {
    const std::string where = (address.empty() ? "*" : address) + ":" + std::to_string(port);
    return Error(AdminError::kListen, "cannot listen at " + where + ": " + ec.message());
  }
  return {};
}

error_code AdminServer::Impl::listen_at(const tcp::endpoint& endpoint) {
  error_code ec;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) {
    acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  }
  if (!ec && endpoint.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(false), ec);
  }
  if (!ec) {
    acceptor.bind(endpoint, ec);
  }
  if (!ec) {
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
  }
  if (ec) {
    error_code ignored;
    acceptor.close(ignored);
  }
  return ec;
}

void AdminServer::Impl::accept() {
  acceptor.async_accept([this](const error_code& ec, tcp::socket socket) {
    if (closing) {
      return;
    }
    if (ec) {
      accept_later();
      return;
    }
    make_room();
    auto connection = std::make_shared<AdminConnection>(
        std::move(socket), limits, pages,
        [this](AdminConnection::SnapshotHandler handler) { snapshots->ask(std::move(handler)); });
    connections.push_back(connection);
    connection->start();
    accept();
  });
}

/// Without descriptors accepting fails at once, again and again: a pause keeps that from taking a whole core.
void AdminServer::Impl::accept_later() {
  pause.expires_after(std::chrono::milliseconds(100));
  pause.async_wait([this](const error_code& ec) {
    if (!ec && !closing) {
      accept();
    }
  });
}

void AdminServer::Impl::make_room() {
  connections.remove_if([](const auto& each) { return each.expired(); });
  while (connections.size() >= limits.connections) {
    if (const auto oldest = connections.front().lock()) {
      oldest->close();
    }
    connections.pop_front();
  }
}

/// Ends what keeps the io_context busy: it runs out of work, and not before a connection that was accepted
/// already, but whose handler has not run yet, has been let go.
void AdminServer::Impl::close() {
  closing = true;
  error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
  for (const auto& each : connections) {
    if (const auto connection = each.lock()) {
      connection->close();
    }
  }
}

AdminServer::AdminServer(SnapshotSource source, AdminServerLimits limits, AdminPages pages)
    : impl_(std::make_unique<Impl>(std::move(source), limits, std::move(pages))) {}

AdminServer::~AdminServer() {
  stop();
}

Result<std::uint16_t> AdminServer::start(const std::string& address, std::uint16_t port) {
  Impl& impl = *impl_;
  if (auto listening = impl.listen(address, port); !listening) {
    return listening.error();
  }
  const std::uint16_t bound = impl.acceptor.local_endpoint().port();
  impl.snapshots = std::make_unique<SnapshotThread>(impl.source, impl.limits.snapshot_timeout, impl.io);
  impl.accept();
  impl.thread = std::thread([&impl] { impl.io.run(); });
  return bound;
}

void AdminServer::stop() {
  Impl& impl = *impl_;
  if (!impl.thread.joinable()) {
    return;
  }
  impl.snapshots->stop();  // not destroyed: until the connections are closed, they still ask it
  asio::post(impl.io, [&impl] { impl.close(); });
  impl.thread.join();
}

}  // namespace mkb::dataplane
