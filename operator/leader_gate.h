#pragma once

#include <functional>

#include "kube/http_transport.h"

namespace mkb::operators {

/// A transport that lets reads pass and writes only while this process leads: whatever a worker was in the
/// middle of, it cannot write any more once another process may believe to be the leader. Thread-safe.
class LeaderGate final : public kube::HttpTransport {
 public:
  /// `leads` is asked before each write.
  LeaderGate(kube::HttpTransport& behind, std::function<bool()> leads)
      : behind_(behind), leads_(std::move(leads)) {}

  Result<kube::HttpResponse> send(const kube::HttpRequest& request, const std::stop_token& stop) override {
    if (request.method != "GET" && !leads_()) {
      return Error(kube::TransportError::kCancelled, "not written: this process is not the leader");
    }
    return behind_.send(request, stop);
  }
  Result<kube::HttpResponse> stream(const kube::HttpRequest& request, const std::stop_token& stop,
                                    const OnBytes& on_bytes) override {
    return behind_.stream(request, stop, on_bytes);
  }

 private:
  kube::HttpTransport& behind_;
  std::function<bool()> leads_;
};

}  // namespace mkb::operators
