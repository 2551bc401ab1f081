#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "dataplane/admin/admin_response.h"
#include "dataplane/admin/admin_server.h"

namespace mkb::dataplane {

/// One HTTP client: reads requests one after the other and answers each from a snapshot taken for it. Lives
/// as long as it has something under way; never blocks. On the admin server's thread.
class AdminConnection : public std::enable_shared_from_this<AdminConnection> {
 public:
  using SnapshotHandler = std::function<void(const std::optional<Snapshot>&)>;
  using AskForSnapshot = std::function<void(SnapshotHandler)>;

  AdminConnection(boost::asio::ip::tcp::socket socket, const AdminServerLimits& limits,
                  const AdminPages& pages, AskForSnapshot ask);

  void start() { read(); }
  void close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  void read();
  void handle(const boost::system::error_code& ec);
  void answer(const AdminResponse& response, bool head, bool keep_alive);
  /// Discards what the client still sends: closing before it was read would reset the connection, and the
  /// client might never see the answer.
  void linger();

  boost::beast::tcp_stream stream_;
  AdminServerLimits limits_;
  AdminPages pages_;
  AskForSnapshot ask_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Response response_;
};

}  // namespace mkb::dataplane
