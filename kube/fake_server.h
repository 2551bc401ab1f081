#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "kube/http_transport.h"

namespace mkb::kube {

/// For tests of what runs on a thread of its own: a server that the test plays step by step. A call of send()
/// or stream() blocks until the test has answered it or it is stopped; the test's calls return when what they
/// sent has been taken in, so that nothing has to be waited for in vain.
class FakeServer final : public HttpTransport {
 public:
  // The test's side; each waits at most `kPatience`.

  /// The next request; nullopt when none comes.
  std::optional<HttpRequest> next_request() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return !requests_.empty(); })) {
      return std::nullopt;
    }
    HttpRequest request = std::move(requests_.front());
    requests_.pop_front();
    return request;
  }
  /// Ends the request under way.
  void answer(int status, std::string body = {}) { end(HttpResponse{status, std::move(body), {}}); }
  void fail(TransportError code, std::string message) { end(Error(code, std::move(message))); }
  /// A piece of the stream under way; what its receiver said to it. nullopt: nobody takes it.
  std::optional<bool> stream_bytes(std::string bytes) {
    std::unique_lock lock(mutex_);
    bytes_ = std::move(bytes);
    taken_.reset();
    changed_.notify_all();
    changed_.wait_for(lock, kPatience, [&] { return taken_.has_value(); });
    return taken_;
  }
  [[nodiscard]] bool saw_stop() const {
    const std::lock_guard lock(mutex_);
    return saw_stop_;
  }

  // The transport's side.

  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) override {
    return stream(request, stop, [](std::string_view) { return true; });
  }

  Result<HttpResponse> stream(const HttpRequest& request, const std::stop_token& stop,
                              const OnBytes& on_bytes) override {
    std::unique_lock lock(mutex_);
    requests_.push_back(request);
    changed_.notify_all();
    for (;;) {
      changed_.wait(lock, stop, [&] { return bytes_.has_value() || end_.has_value(); });
      if (stop.stop_requested()) {
        saw_stop_ = true;
        return Error(TransportError::kCancelled, "stopped");
      }
      if (bytes_.has_value()) {
        const std::string bytes = *std::exchange(bytes_, std::nullopt);
        lock.unlock();
        const bool wanted = on_bytes(bytes);
        lock.lock();
        taken_ = wanted;
        changed_.notify_all();
        if (!wanted) {
          return HttpResponse{200, {}, {}};
        }
      } else {
        return *std::exchange(end_, std::nullopt);
      }
    }
  }

 private:
  static constexpr std::chrono::seconds kPatience{20};

  void end(Result<HttpResponse> result) {
    const std::lock_guard lock(mutex_);
    end_.emplace(std::move(result));
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<HttpRequest> requests_;
  std::optional<std::string> bytes_;
  std::optional<bool> taken_;
  std::optional<Result<HttpResponse>> end_;
  bool saw_stop_ = false;
};

}  // namespace mkb::kube
