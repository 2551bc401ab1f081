#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "kube/http_transport.h"

namespace mkb::kube {

/// For tests: answers requests in turn from a script and keeps what was asked. One thread at a time. A
/// request beyond the script finds no server.
class ScriptedTransport final : public HttpTransport {
 public:
  ScriptedTransport& answer(int status, std::string body = {},
                            std::optional<std::chrono::seconds> retry_after = {}) {
    script_.emplace_back(HttpResponse{status, std::move(body), retry_after});
    return *this;
  }
  ScriptedTransport& fail(TransportError code, std::string message) {
    script_.emplace_back(Error(code, std::move(message)));
    return *this;
  }

  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) override {
    requests_.push_back(request);
    if (stop.stop_requested()) return Error(TransportError::kCancelled, "stopped");
    if (script_.empty()) return Error(TransportError::kUnreachable, "the script is over");
    auto next = std::move(script_.front());
    script_.pop_front();
    return next;
  }

  Result<HttpResponse> stream(const HttpRequest& request, const std::stop_token& stop,
                              const OnBytes& on_bytes) override {
    auto answer = send(request, stop);
    if (answer.ok() && answer->status == 200) {
      on_bytes(answer->body);
      answer->body.clear();
    }
    return answer;
  }

  [[nodiscard]] const std::vector<HttpRequest>& requests() const { return requests_; }
  [[nodiscard]] bool done() const { return script_.empty(); }

 private:
  std::deque<Result<HttpResponse>> script_;
  std::vector<HttpRequest> requests_;
};

}  // namespace mkb::kube
