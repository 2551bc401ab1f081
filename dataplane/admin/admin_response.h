#pragma once

#include <chrono>
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

AdminResponse plain_response(unsigned status, std::string text);

/// Whether the answer for this path is made from a snapshot.
bool needs_snapshot(std::string_view path);
/// The page, or 404 for unknown paths. Pure.
AdminResponse respond_without_snapshot(std::string_view path);
/// The answer for a path that needs_snapshot(); nullopt: the I/O thread did not answer within `waited`. Reads
/// /proc for /metrics.
AdminResponse respond(std::string_view path, const std::optional<Snapshot>& snapshot,
                      std::chrono::milliseconds waited);

}  // namespace mkb::dataplane
