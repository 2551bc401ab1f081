#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mkb::kube {

/// Why the API server refused: the Status object of an answer or of an ERROR event of a watch.
struct ApiStatus {
  int code = 0;         ///< the HTTP status; 0 when unknown
  std::string reason;   ///< machine-readable, e.g. `Expired`; may be empty
  std::string message;  ///< printable, shortened; may be empty
  std::optional<std::chrono::seconds> retry_after;

  /// 410: the resourceVersion or the continue token is too old.
  [[nodiscard]] bool gone() const { return code == 410 || reason == "Expired" || reason == "Gone"; }
  /// `forbidden: pods is forbidden: User "x" cannot list ...`
  [[nodiscard]] std::string text() const;
};

/// Of an answer with that HTTP status; a body that is no Status (a proxy's page) becomes the message.
ApiStatus api_status(int http_status, std::string_view body);
/// Of the object of an ERROR event.
ApiStatus api_status(const nlohmann::json& status);

}  // namespace mkb::kube
