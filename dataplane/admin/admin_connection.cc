#include "dataplane/admin/admin_connection.h"

#include <utility>

namespace mkb::dataplane {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kMaxHeaderBytes = 8 * 1024;
constexpr std::chrono::seconds kLinger{1};

bool reads(http::verb method) {
  return method == http::verb::get || method == http::verb::head;
}

AdminResponse wrong_method() {
  return plain_response(405, "only GET and HEAD\n");
}

}  // namespace

AdminConnection::AdminConnection(boost::asio::ip::tcp::socket socket, const AdminServerLimits& limits,
                                 const AdminPages& pages, AskForSnapshot ask)
    : stream_(std::move(socket)),
      limits_(limits),
      pages_(pages),
      ask_(std::move(ask)),
      buffer_(2 * kMaxHeaderBytes) {}

void AdminConnection::close() {
  stream_.close();
}

void AdminConnection::read() {
  parser_.emplace();
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(0);
  stream_.expires_after(limits_.request_timeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](const error_code& ec, std::size_t) { self->handle(ec); });
}

void AdminConnection::handle(const error_code& ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    answer(plain_response(431, "the request's headers are larger than 8 KiB\n"), false, false);
    return;
  }
  if (ec == http::error::body_limit) {
    answer(
        reads(parser_->get().method()) ? plain_response(413, "requests have no body here\n") : wrong_method(),
        false, false);
    return;
  }
  if (ec && ec.category() == make_error_code(http::error::bad_method).category() &&
      ec != http::error::end_of_stream && ec != http::error::partial_message) {
    answer(plain_response(400, "that is not an HTTP request\n"), false, false);
    return;
  }
  if (ec) {
    close();
    return;
  }
  const auto& request = parser_->get();
  const bool head = request.method() == http::verb::head;
  const bool keep_alive = request.keep_alive();
  if (!reads(request.method())) {
    answer(wrong_method(), false, keep_alive);
    return;
  }
  std::string path(request.target().substr(0, request.target().find('?')));
  if (const auto page = pages_(path)) {
    answer(*page, head, keep_alive);
    return;
  }
  stream_.expires_never();
  ask_([self = shared_from_this(), path = std::move(path), head,
        keep_alive](const std::optional<Snapshot>& snapshot) {
    self->answer(respond(path, snapshot, self->limits_.snapshot_timeout), head, keep_alive);
  });
}

void AdminConnection::answer(const AdminResponse& response, bool head, bool keep_alive) {
  response_ = Response(static_cast<http::status>(response.status), 11);
  response_.set(http::field::content_type, response.content_type);
  response_.set(http::field::cache_control, "no-store");
  response_.set("X-Content-Type-Options", "nosniff");
  if (!response.content_security_policy.empty()) {
    response_.set("Content-Security-Policy", response.content_security_policy);
  }
  if (response.status == 405) {
    response_.set(http::field::allow, "GET, HEAD");
  }
  response_.keep_alive(keep_alive);
  response_.content_length(response.body.size());
  if (!head) {
    response_.body() = response.body;
  }
  stream_.expires_after(limits_.request_timeout);
  http::async_write(stream_, response_,
                    [self = shared_from_this(), keep_alive](const error_code& ec, std::size_t) {
                      if (ec) {
                        self->close();
                      } else if (keep_alive) {
                        self->read();
                      } else {
                        error_code ignored;
                        self->stream_.socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
                        self->stream_.expires_after(kLinger);
                        self->linger();
                      }
                    });
}

void AdminConnection::linger() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kMaxHeaderBytes),
                          [self = shared_from_this()](const error_code& ec, std::size_t) {
                            if (ec) {
                              self->close();
                            } else {
                              self->linger();
                            }
                          });
}

}  // namespace mkb::dataplane
