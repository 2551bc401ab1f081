#include "kube/cpprest_transport.h"

#include <cpprest/http_client.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>

#include <charconv>
#include <mutex>
#include <string>
#include <utility>

#include "kube/credentials.h"
#include "kube/exchange.h"

namespace mkb::kube {
namespace {

namespace http = web::http;
using http::client::http_client;
using http::client::http_client_config;

constexpr std::size_t kMostPending = std::size_t{64} << 20U;
constexpr std::size_t kMostBody = std::size_t{256} << 20U;
// OpenSSL's packed codes begin far above the numbers of errno and of Asio.
constexpr int kHighestSystemError = 0xFFFF;

// With one thread, everything that cpprestsdk does happens in turn. With more, its cancellation closes a
// socket that another thread may be about to read.
void start_io_thread() {
  static std::once_flag once;
  std::call_once(once, [] { crossplat::threadpool::initialize_with_threads(1); });
}

template <class Work>
void on_io_thread(Work work) {
  crossplat::threadpool::shared_instance().service().post(std::move(work));
}

// A write-only stream buffer: cpprestsdk's own ones buffer a whole answer, or wake their reader only when as
// much as it asked for has come.
class Sink final : public Concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  explicit Sink(std::shared_ptr<Exchange> exchange)
      : streambuf_state_manager(std::ios_base::out), exchange_(std::move(exchange)) {}

  [[nodiscard]] bool can_seek() const override { return false; }
  [[nodiscard]] bool has_size() const override { return false; }
  [[nodiscard]] std::size_t buffer_size(std::ios_base::openmode /*direction*/) const override { return 0; }
  void set_buffer_size(std::size_t /*size*/, std::ios_base::openmode /*direction*/) override {}
  [[nodiscard]] std::size_t in_avail() const override { return 0; }
  [[nodiscard]] pos_type getpos(std::ios_base::openmode /*direction*/) const override { return kNowhere; }
  pos_type seekpos(pos_type /*pos*/, std::ios_base::openmode /*direction*/) override { return kNowhere; }
  pos_type seekoff(off_type /*offset*/, std::ios_base::seekdir /*way*/,
                   std::ios_base::openmode /*mode*/) override {
    return kNowhere;
  }
  bool acquire(std::uint8_t*& /*ptr*/, std::size_t& /*count*/) override { return false; }
  void release(std::uint8_t* /*ptr*/, std::size_t /*count*/) override {}

 protected:
  pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override {
    if (exchange_->add({reinterpret_cast<const char*>(bytes), count})) return pplx::task_from_result(count);
    return pplx::task_from_exception<std::size_t>(http::http_exception("too much of the answer is unread"));
  }
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    return _putn(&byte, 1).then([byte](std::size_t) { return static_cast<int_type>(byte); });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  pplx::task<int_type> _bumpc() override { return nothing(); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return nothing(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return nothing(); }
  pplx::task<int_type> _ungetc() override { return nothing(); }
  pplx::task<std::size_t> _getn(std::uint8_t* /*ptr*/, std::size_t /*count*/) override {
    return pplx::task_from_result(std::size_t{0});
  }
  std::size_t _scopy(std::uint8_t* /*ptr*/, std::size_t /*count*/) override { return 0; }
  std::uint8_t* _alloc(std::size_t /*count*/) override { return nullptr; }
  void _commit(std::size_t /*count*/) override {}

 private:
  static constexpr off_type kNowhere = -1;
  static pplx::task<int_type> nothing() { return pplx::task_from_result<int_type>(traits::eof()); }

  std::shared_ptr<Exchange> exchange_;
};

// Trust and identity of every connection that one set of credentials makes.
class Tls {
 public:
  explicit Tls(const CredentialSet& set) : certificate_(set.certificate), key_(set.key) {
    if (!set.ca.empty()) store_.reset(load_store(set.ca));
    // Found out now rather than by a failing handshake.
    boost::asio::ssl::context trial(boost::asio::ssl::context::tls_client);
    try {
      apply(trial);
    } catch (const boost::system::system_error& e) {
      throw std::invalid_argument(std::string("the client certificate or its key: ") + e.what());
    }
  }

  // Throws boost::system::system_error.
  void apply(boost::asio::ssl::context& context) {
    SSL_CTX* native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    // Instead of the system's authorities, which cpprestsdk has put there.
    if (store_) SSL_CTX_set1_cert_store(native, store_.get());
    if (!certificate_.empty()) {
      context.use_certificate_chain(boost::asio::buffer(certificate_));
      context.use_private_key(boost::asio::buffer(key_), boost::asio::ssl::context::pem);
      if (SSL_CTX_check_private_key(native) != 1) {
        ERR_clear_error();
        throw std::invalid_argument("the client key does not belong to the client certificate");
      }
    }
    SSL_CTX_set_cert_verify_callback(native, &Tls::verify, this);
  }

  // Why the last certificate was not trusted; empty when none was refused.
  std::string take_refusal() {
    const std::lock_guard lock(mutex_);
    return std::exchange(refusal_, {});
  }

 private:
  struct FreeStore {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  };
  struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
  };

  static X509_STORE* load_store(const std::string& pem) {
    std::unique_ptr<X509_STORE, FreeStore> store(X509_STORE_new());
    const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    int count = 0;
    while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
      count += X509_STORE_add_cert(store.get(), certificate);
      X509_free(certificate);
    }
    ERR_clear_error();
    if (count == 0) throw std::invalid_argument("the certificate authority is no PEM certificate");
    return store.release();
  }

  // Does what OpenSSL would do, and keeps its reason, which cpprestsdk does not pass on.
  static int verify(X509_STORE_CTX* chain, void* self) {
    const int trusted = X509_verify_cert(chain);
    if (trusted != 1) {
      const int reason = X509_STORE_CTX_get_error(chain);
      auto& tls = *static_cast<Tls*>(self);
      const std::lock_guard lock(tls.mutex_);
      // The host name is compared by a callback of cpprestsdk's, which sets no reason.
      const bool named = reason != X509_V_OK && reason != X509_V_ERR_UNSPECIFIED;
      tls.refusal_ = named ? X509_verify_cert_error_string(reason) : "it is for another host";
    }
    return trusted;
  }

  std::unique_ptr<X509_STORE, FreeStore> store_;
  std::string certificate_;
  std::string key_;
  std::mutex mutex_;
  std::string refusal_;
};

bool is_ip_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host.starts_with('[') ? host.substr(1, host.size() - 2) : host, error);
  return !error;
}

// Everything that stays the same until certificates change.
struct Session {
  std::shared_ptr<const CredentialSet> credentials;
  std::shared_ptr<Tls> tls;
  http_client_config config;
  std::shared_ptr<http_client> pooled;
};

std::optional<std::chrono::seconds> retry_after_of(const http::http_response& response) {
  const auto found = response.headers().find(http::header_names::retry_after);
  if (found == response.headers().end()) return std::nullopt;
  const std::string& text = found->second;
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

Error failure_of(const std::exception_ptr& thrown, Tls& tls) {
  const std::string refusal = tls.take_refusal();
  if (!refusal.empty()) {
    return {TransportError::kTls, "the server's certificate is not trusted: " + refusal};
  }
  try {
    std::rethrow_exception(thrown);
  } catch (const http::http_exception& e) {
    const int code = e.error_code().value();
    if (code > kHighestSystemError) {
      const char* reason = ERR_reason_error_string(static_cast<unsigned long>(code));
      return {TransportError::kTls, "TLS: " + std::string(reason != nullptr ? reason : e.what())};
    }
    return {TransportError::kUnreachable, e.what()};
  } catch (const std::exception& e) {
    return {TransportError::kUnreachable, e.what()};
  }
}

http::http_request http_request_of(const HttpRequest& request, const KubeConfig& config,
                                   const CredentialSet& credentials) {
  http::http_request made(request.method);
  made.set_request_uri(web::uri(request.target));
  auto& headers = made.headers();
  headers.add(http::header_names::accept, request.accept);
  headers.add(http::header_names::user_agent, "MqttKafkaBridge/" MKB_VERSION);
  // cpprestsdk expects this name in the certificate, and tells it to the server (SNI).
  if (!config.tls_server_name.empty()) headers.add(http::header_names::host, config.tls_server_name);
  if (!credentials.token.empty()) {
    headers.add(http::header_names::authorization, "Bearer " + credentials.token);
  }
  if (!request.content_type.empty()) made.set_body(request.body, request.content_type);
  return made;
}

}  // namespace

class CpprestTransport::Impl {
 public:
  Impl(KubeConfig config, const Clock& clock) : config_(std::move(config)), credentials_(config_, clock) {
    start_io_thread();
  }

  // Null `on_bytes`: the body is returned.
  Result<HttpResponse> ask(const HttpRequest& request, const std::stop_token& stop, const OnBytes* on_bytes) {
    for (bool first = true;; first = false) {
      const auto session = current_session();
      if (!session.ok()) return session.error();
      auto answer = ask_once(**session, request, stop, on_bytes);
      const bool refused = answer.ok() && answer->status == 401;
      if (!refused || !first || !credentials_.renewed(*(*session)->credentials)) return answer;
    }
  }

 private:
  Result<std::shared_ptr<const Session>> current_session() {
    auto credentials = credentials_.current();
    if (!credentials.ok()) return credentials.error();
    const std::lock_guard lock(mutex_);
    if (session_ != nullptr && session_->credentials == *credentials) return session_;
    auto session = std::make_shared<Session>();
    session->credentials = *credentials;
    if (session_ != nullptr &&
        session_->credentials->tls_generation == session->credentials->tls_generation) {
      session->tls = session_->tls;
      session->config = session_->config;
      session->pooled = session_->pooled;
    } else {
      try {
        set_up(*session);
      } catch (const std::exception& e) {
        // Files that are half written: what was good before goes on, with the newest token.
        if (session_ == nullptr) return Error(TransportError::kConfiguration, e.what());
        session->tls = session_->tls;
        session->config = session_->config;
        session->pooled = session_->pooled;
      }
    }
    session_ = std::move(session);
    return session_;
  }

  void set_up(Session& session) const {
    session.tls = std::make_shared<Tls>(*session.credentials);
    const web::uri server(config_.server);
    auto& config = session.config;
    // Silence is watched by the waiting thread, which knows what each request may take.
    config.set_timeout(std::chrono::hours(24));
    // A redirect would be given the Authorization header.
    config.set_max_redirects(0);
    config.set_validate_certificates(!config_.insecure_skip_tls_verify);
    config.set_tlsext_sni_enabled(!config_.tls_server_name.empty() || !is_ip_address(server.host()));
    config.set_ssl_context_callback(
        [tls = session.tls](boost::asio::ssl::context& context) { tls->apply(context); });
    session.pooled = std::make_shared<http_client>(server, config);
  }

  Result<HttpResponse> ask_once(const Session& session, const HttpRequest& request,
                                const std::stop_token& stop, const OnBytes* on_bytes) const {
    if (stop.stop_requested()) return Error(TransportError::kCancelled, "stopped");
    auto exchange = std::make_shared<Exchange>(on_bytes != nullptr ? kMostPending : kMostBody);
    pplx::cancellation_token_source cancel;
    if (auto problem = start(session, request, on_bytes != nullptr, exchange, cancel)) return *problem;
    auto answer = receive(*exchange, request, stop, on_bytes);
    if (exchange->abandon()) on_io_thread([cancel] { cancel.cancel(); });
    return answer;
  }

  std::optional<Error> start(const Session& session, const HttpRequest& request, bool streamed,
                             const std::shared_ptr<Exchange>& exchange,
                             const pplx::cancellation_token_source& cancel) const {
    try {
      auto client = session.pooled;
      if (streamed || request.method == http::methods::POST) {
        client = std::make_shared<http_client>(web::uri(config_.server), session.config);
      }
      auto made = http_request_of(request, config_, *session.credentials);
      made.set_response_stream(Concurrency::streams::ostream(
          Concurrency::streams::streambuf<std::uint8_t>(std::make_shared<Sink>(exchange))));
      on_io_thread([client, made, exchange, cancel, tls = session.tls]() mutable {
        const auto fail = [exchange, tls] { exchange->end(failure_of(std::current_exception(), *tls)); };
        try {
          client->request(made, cancel.get_token())
              .then([exchange](const http::http_response& response) {
                exchange->begin(response.status_code(), retry_after_of(response));
                return response.content_ready();
              })
              // The last of the chain sees every failure: one that nobody saw would end the process.
              .then([exchange, fail](const pplx::task<http::http_response>& whole) {
                try {
                  whole.get();
                  exchange->end();
                } catch (...) {
                  fail();
                }
              });
        } catch (...) {
          fail();
        }
      });
      return std::nullopt;
    } catch (const std::exception& e) {
      return Error(TransportError::kConfiguration, config_.server + request.target + ": " + e.what());
    }
  }

  Result<HttpResponse> receive(Exchange& exchange, const HttpRequest& request, const std::stop_token& stop,
                               const OnBytes* on_bytes) const {
    HttpResponse answer;
    for (;;) {
      Exchange::Piece piece = exchange.wait(request.timeout, stop);
      if (piece.stopped) return Error(TransportError::kCancelled, "stopped");
      if (piece.silent) {
        return Error(TransportError::kTimeout, config_.server + ": nothing came for " +
                                                   std::to_string(request.timeout.count()) + " ms");
      }
      answer.status = piece.status;
      answer.retry_after = piece.retry_after;
      if (on_bytes != nullptr && piece.status == 200) {
        if (!piece.bytes.empty() && !(*on_bytes)(piece.bytes)) return answer;
      } else {
        answer.body += piece.bytes;
        if (answer.body.size() > kMostBody) {
          return Error(TransportError::kUnreachable, config_.server + ": the answer is too long");
        }
      }
      if (piece.error) return piece.error->with_context(config_.server);
      if (piece.ended) return answer;
    }
  }

  const KubeConfig config_;
  Credentials credentials_;
  std::mutex mutex_;
  std::shared_ptr<const Session> session_;
};

CpprestTransport::CpprestTransport(KubeConfig config, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(config), clock)) {}

CpprestTransport::~CpprestTransport() = default;

Result<HttpResponse> CpprestTransport::send(const HttpRequest& request, const std::stop_token& stop) {
  return impl_->ask(request, stop, nullptr);
}

Result<HttpResponse> CpprestTransport::stream(const HttpRequest& request, const std::stop_token& stop,
                                              const OnBytes& on_bytes) {
  return impl_->ask(request, stop, &on_bytes);
}

}  // namespace mkb::kube
