#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mkb::kube {

enum class TransportError {
  kUnreachable = 1,  ///< no connection, or it broke before the whole answer was there
  kTimeout,          ///< nothing came for longer than the request allows
  kTls,              ///< the server's certificate is not trusted, or ours was refused
  kCancelled,        ///< the stop token was triggered
  kConfiguration,    ///< a certificate, key or token file that cannot be read
};

struct HttpRequest {
  std::string method = "GET";
  std::string target;        ///< path and query, percent-encoded: `/api/v1/pods?limit=500`
  std::string content_type;  ///< empty without a body
  std::string accept = "application/json";
  std::string body;
  /// Longest silence: until the answer begins, and between two pieces of it.
  std::chrono::milliseconds timeout{30'000};
};

struct HttpResponse {
  int status = 0;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;
};

/// One API server over HTTP: the only place that knows cpprestsdk is behind it. Never follows redirects, so
/// the Authorization header goes nowhere else. Thread-safe; calls block the calling thread.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  /// A whole answer, whatever its status. Errors: TransportError.
  virtual Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) = 0;

  /// Called with each piece of a streamed body as it comes, split at any byte; false ends the stream.
  using OnBytes = std::function<bool(std::string_view)>;

  /// An answer with status 200 is handed to `on_bytes` piece by piece, and the returned body is empty; of any
  /// other status the whole answer is returned. Returns when the server has ended the stream, `on_bytes`
  /// returned false, `stop` was triggered (kCancelled, at once), or nothing came for `request.timeout`
  /// (kTimeout). A stream has a connection of its own.
  virtual Result<HttpResponse> stream(const HttpRequest& request, const std::stop_token& stop,
                                      const OnBytes& on_bytes) = 0;
};

}  // namespace mkb::kube
