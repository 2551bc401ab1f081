#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace mkb::mqtt {

struct ServerAddress {
  bool tls = false;
  std::string host;
  std::uint16_t port = 1883;

  /// "host:port", an IPv6 host in brackets.
  [[nodiscard]] std::string text() const;
};

/// PEM texts; read anew for each connection, so that rotated certificates are used.
struct TlsMaterial {
  std::string ca_pem;       ///< empty: the system's trust store
  std::string cert_pem;     ///< empty: no client certificate
  std::string key_pem;      ///< never logged
  std::string server_name;  ///< SNI and the name that the certificate must carry; empty: the host
};

enum class TransportError {
  kNetwork,  ///< cannot resolve, connect, read or write
  kTls,      ///< the certificates given cannot be used, or the handshake failed
  kEnded,    ///< the peer closed the stream
};

/// A byte stream to one server. All calls and handlers are on the io_context's thread; handlers are called
/// once, never from inside the call that took them. close() makes pending handlers fail soon; a transport may
/// be destroyed only after they ran, so handlers keep it alive.
class Transport {
 public:
  using Handler = std::function<void(Result<void>)>;
  using ReadHandler = std::function<void(Result<std::size_t>)>;

  virtual ~Transport() = default;
  /// Resolves, connects and, with TLS, shakes hands and verifies the peer.
  virtual void connect(Handler handler) = 0;
  virtual void read_some(boost::asio::mutable_buffer buffer, ReadHandler handler) = 0;
  /// Writes all of `buffer`, which stays valid until the handler runs.
  virtual void write(boost::asio::const_buffer buffer, Handler handler) = 0;
  /// Ends the sending direction; the peer reads an end of stream after what was written.
  virtual void shutdown_send() = 0;
  virtual void close() = 0;
};

/// A TCP or TLS (1.2 or later) transport by `server.tls`.
std::shared_ptr<Transport> make_transport(boost::asio::io_context& io, ServerAddress server,
                                          const TlsMaterial& tls);

}  // namespace mkb::mqtt
