#include "mqtt/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <utility>

namespace mkb::mqtt {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Error network_error(const error_code& ec, const std::string& what) {
  if (ec == asio::error::eof || ec == asio::error::connection_reset || ec == asio::error::broken_pipe ||
      ec == asio::ssl::error::stream_truncated) {
    return {TransportError::kEnded, what + ": " + ec.message()};
  }
  return {TransportError::kNetwork, what + ": " + ec.message()};
}

/// What TCP and TLS have in common: `Stream` is the socket itself or a TLS stream around it.
template <class Stream>
class StreamTransport : public Transport, public std::enable_shared_from_this<StreamTransport<Stream>> {
 public:
  template <class... Args>
  StreamTransport(asio::io_context& io, ServerAddress server, Args&&... args)
      : server_(std::move(server)), resolver_(io), stream_(std::forward<Args>(args)...) {}

  void connect(Handler handler) override {
    resolver_.async_resolve(server_.host, std::to_string(server_.port),
                            [self = this->shared_from_this(), handler = std::move(handler)](
                                const error_code& ec, tcp::resolver::results_type found) {
                              if (ec) {
                                handler(Error(TransportError::kNetwork,
                                              "cannot resolve " + self->server_.host + ": " + ec.message()));
                                return;
                              }
                              self->connect_to(found, handler);
                            });
  }

  void read_some(asio::mutable_buffer buffer, ReadHandler handler) override {
    stream_.async_read_some(buffer, [self = this->shared_from_this(), handler = std::move(handler)](
                                        const error_code& ec, std::size_t size) {
      if (ec) {
        handler(network_error(ec, "reading from " + self->server_.text()));
      } else {
        handler(size);
      }
    });
  }

  void write(asio::const_buffer buffer, Handler handler) override {
    asio::async_write(
        stream_, buffer,
        [self = this->shared_from_this(), handler = std::move(handler)](const error_code& ec, std::size_t) {
          handler(ec ? network_error(ec, "writing to " + self->server_.text()) : Result<void>());
        });
  }

  void shutdown_send() override {
    error_code ignored;
    stream_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close() override {
    error_code ignored;
    resolver_.cancel();
    stream_.lowest_layer().close(ignored);
  }

 protected:
  /// The socket is connected; calls `handler` when the stream can carry data.
  virtual void secure(Handler handler) = 0;

  [[nodiscard]] const ServerAddress& server() const { return server_; }
  [[nodiscard]] Stream& stream() { return stream_; }

 private:
  void connect_to(const tcp::resolver::results_type& found, Handler handler) {
    asio::async_connect(stream_.lowest_layer(), found,
                        [self = this->shared_from_this(), handler = std::move(handler)](
                            const error_code& ec, const tcp::endpoint&) {
                          if (ec) {
                            handler(Error(TransportError::kNetwork,
                                          "cannot connect to " + self->server_.text() + ": " + ec.message()));
                            return;
                          }
                          error_code ignored;
                          self->stream_.lowest_layer().set_option(tcp::no_delay(true), ignored);
                          self->secure(handler);
                        });
  }

  ServerAddress server_;
  tcp::resolver resolver_;
  Stream stream_;
};

class TcpTransport final : public StreamTransport<tcp::socket> {
 public:
  TcpTransport(asio::io_context& io, ServerAddress server) : StreamTransport(io, std::move(server), io) {}

 private:
  void secure(Handler handler) override { handler(Result<void>()); }
};

using TlsStream = asio::ssl::stream<tcp::socket>;

class TlsTransport final : public StreamTransport<TlsStream> {
 public:
  TlsTransport(asio::io_context& io, ServerAddress server, const std::shared_ptr<asio::ssl::context>& context,
               std::string name)
      : StreamTransport(io, std::move(server), io, *context), context_(context), name_(std::move(name)) {}

 private:
  void secure(Handler handler) override {
    SSL* ssl = stream().native_handle();
    // SNI carries names only, never addresses (RFC 6066, 3).
    error_code not_an_address;
    asio::ip::make_address(name_, not_an_address);
    if (not_an_address) {
      SSL_set_tlsext_host_name(ssl, name_.c_str());
      SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      expected_name_set_ = SSL_set1_host(ssl, name_.c_str()) == 1;
    } else {
      expected_name_set_ = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name_.c_str()) == 1;
    }
    stream().async_handshake(
        asio::ssl::stream_base::client,
        [self = this->shared_from_this(), this, ssl, handler = std::move(handler)](const error_code& ec) {
          if (!ec && expected_name_set_) {
            handler(Result<void>());
            return;
          }
          std::string text = "TLS handshake with " + server().text() + " failed: " + ec.message();
          const long verdict = SSL_get_verify_result(ssl);
          if (verdict != X509_V_OK) {
            text += std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
          }
          if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
            text += ": the broker's certificate is not for " + name_;
          }
          handler(Error(TransportError::kTls, std::move(text)));
        });
  }

  std::shared_ptr<asio::ssl::context> context_;
  std::string name_;
  bool expected_name_set_ = false;  // without it a certificate for any name would do
};

/// Stands in when the TLS material cannot be used: connecting fails with the reason.
class BrokenTransport final : public Transport {
 public:
  BrokenTransport(asio::io_context& io, Error error) : io_(io), error_(std::move(error)) {}
  void connect(Handler handler) override {
    asio::post(io_, [handler = std::move(handler), error = error_] { handler(error); });
  }
  void read_some(asio::mutable_buffer, ReadHandler) override {}
  void write(asio::const_buffer, Handler) override {}
  void shutdown_send() override {}
  void close() override {}

 private:
  asio::io_context& io_;
  Error error_;
};

Result<std::shared_ptr<asio::ssl::context>> make_context(const TlsMaterial& tls) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code ec;
  const auto failed = [&ec](const char* what) {
    return Error(TransportError::kTls, std::string(what) + ": " + ec.message());
  };
  if (tls.ca_pem.empty()) {
    context->set_default_verify_paths(ec);
  } else {
    context->add_certificate_authority(asio::buffer(tls.ca_pem), ec);
  }
  if (ec) {
    return failed("the CA certificate (ca.crt) cannot be used");
  }
  context->set_verify_mode(asio::ssl::verify_peer, ec);
  if (!tls.cert_pem.empty()) {
    context->use_certificate_chain(asio::buffer(tls.cert_pem), ec);
    if (ec) {
      return failed("the client certificate (tls.crt) cannot be used");
    }
    context->use_private_key(asio::buffer(tls.key_pem), asio::ssl::context::pem, ec);
    if (ec) {
      return failed("the client key (tls.key) cannot be used");
    }
    if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
      ERR_clear_error();
      return Error(TransportError::kTls,
                   "the client key (tls.key) does not belong to the certificate (tls.crt)");
    }
  }
  return context;
}

}  // namespace

std::string ServerAddress::text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::shared_ptr<Transport> make_transport(asio::io_context& io, ServerAddress server,
                                          const TlsMaterial& tls) {
  if (!server.tls) {
    return std::make_shared<TcpTransport>(io, std::move(server));
  }
  auto context = make_context(tls);
  if (!context) {
    return std::make_shared<BrokenTransport>(io, context.error());
  }
  std::string name = tls.server_name.empty() ? server.host : tls.server_name;
  return std::make_shared<TlsTransport>(io, std::move(server), *context, std::move(name));
}

}  // namespace mkb::mqtt
