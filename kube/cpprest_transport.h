#pragma once

#include <memory>

#include "base/clock.h"
#include "kube/http_transport.h"
#include "kube/kube_config.h"

namespace mkb::kube {

/// HttpTransport over cpprestsdk, HTTP/1.1. Calls run on the calling thread and share one I/O thread in the
/// whole process, which the first transport starts (and one that cpprestsdk adds to resolve names): make it
/// before anything else uses cpprestsdk.
///
/// Requests share pooled connections, except POSTs, which cpprestsdk would send twice when a pooled
/// connection turns out to be dead, and streams. Rotated credential files are picked up: see Credentials.
/// Server certificates are checked against the config's authorities only, or against the system's when it has
/// none.
///
/// A request whose credentials are refused (401) is sent once more when there is a newer token or
/// certificate. An answer of more than 256 MiB, or 64 MiB that `on_bytes` has not yet taken, is kUnreachable.
class CpprestTransport final : public HttpTransport {
 public:
  /// `clock` must outlive it. Nothing is read or connected yet: unusable credentials are the kConfiguration
  /// of the first call.
  CpprestTransport(KubeConfig config, const Clock& clock);
  /// No call may be under way.
  ~CpprestTransport() override;

  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) override;
  Result<HttpResponse> stream(const HttpRequest& request, const std::stop_token& stop,
                              const OnBytes& on_bytes) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mkb::kube
