#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace mkb::kube {

/// For tests: a TCP server on a free port of 127.0.0.1 that reads HTTP requests and answers with whatever
/// bytes a test wants, at whatever pace. Each connection has a thread; all end with the server.
class TestHttpServer {
 public:
  /// One connection, in its own thread.
  class Connection {
   public:
    Connection(int descriptor, std::stop_token stop) : descriptor_(descriptor), stop_(std::move(stop)) {}

    /// The next whole request, head and body; empty when the client has closed the connection.
    std::string request();
    void send(const std::string& bytes) const;
    /// Waits, sending nothing, until the client closes the connection or the server is destroyed.
    void be_silent() const;
    [[nodiscard]] const std::stop_token& stop() const { return stop_; }

   private:
    int descriptor_;
    std::stop_token stop_;
    std::string received_;
  };
  using Serve = std::function<void(Connection&)>;

  explicit TestHttpServer(Serve serve);
  ~TestHttpServer();
  TestHttpServer(const TestHttpServer&) = delete;
  TestHttpServer& operator=(const TestHttpServer&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept_all(const std::stop_token& stop);

  Serve serve_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<std::jthread> served_;  // by the acceptor only
  std::jthread acceptor_;
};

/// A whole answer with a Content-Length; `headers` are lines that end in "\r\n".
std::string http_answer(int status, const std::string& body, const std::string& headers = {});
/// The head of a chunked answer, and one chunk; an empty one ends the answer.
std::string http_chunked_head(int status = 200);
std::string http_chunk(const std::string& bytes);

}  // namespace mkb::kube
