#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/flow/snapshot.h"

namespace mkb::dataplane {

/// What an HTTP request is answered with.
struct AdminResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string content_security_policy;  ///< empty: none
  std::string body;
};

/// The answer for a path that needs no snapshot; nullopt for one that does. On the server's thread: must not
/// wait.
using AdminPages = std::function<std::optional<AdminResponse>(std::string_view path)>;

AdminResponse plain_response(unsigned status, std::string text);

/// The pages of a bridge that need no snapshot: the status page, and 404 for unknown paths. Pure.
std::optional<AdminResponse> respond_without_snapshot(std::string_view path);
/// The answer for any other path; nullopt: the I/O thread did not answer within `waited`. Reads
/// /proc for /metrics.
AdminResponse respond(std::string_view path, const std::optional<Snapshot>& snapshot,
                      std::chrono::milliseconds waited);

}  // namespace mkb::dataplane
