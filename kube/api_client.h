#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kube/http_transport.h"
#include "kube/resource_kind.h"

namespace mkb::kube {

/// What an API server refused, by the reason of its Status. Errors of the connection itself stay
/// TransportError.
enum class ApiError {
  kNotFound = 1,     ///< 404
  kAlreadyExists,    ///< 409 AlreadyExists
  kConflict,         ///< 409: a resourceVersion, uid or field owner that does not agree
  kForbidden,        ///< 403
  kUnauthorized,     ///< 401
  kInvalid,          ///< 400, 422: the message names the field
  kGone,             ///< 410: the resourceVersion is too old
  kTooManyRequests,  ///< 429
  kServer,           ///< 5xx
  kBadAnswer,        ///< no JSON, or not what was asked for
};

/// Objects of an API server. Messages of errors name verb, kind, namespace/name and the server's reason.
/// Thread-safe; calls block. A 429 or 503 with Retry-After is waited for (at most twice, 10 s each) and asked
/// again; nothing else is.
class ApiClient {
 public:
  /// Called once per request with verb, kind's plural and status (0: no answer), for metrics.
  using Observer = std::function<void(std::string_view verb, std::string_view plural, int status,
                                      std::chrono::nanoseconds took)>;

  ApiClient(HttpTransport& transport, std::string field_manager, Observer observer = {});

  Result<nlohmann::json> get(const ResourceKind& kind, std::string_view name_space, std::string_view name,
                             const std::stop_token& stop = {});
  /// Only metadata (PartialObjectMetadata): for Secrets, whose content is none of our business.
  Result<nlohmann::json> get_metadata(const ResourceKind& kind, std::string_view name_space,
                                      std::string_view name, const std::stop_token& stop = {});
  Result<nlohmann::json> create(const ResourceKind& kind, std::string_view name_space,
                                const nlohmann::json& object, const std::stop_token& stop = {});
  /// Replaces the object; its metadata.resourceVersion, when present, must still be the newest.
  Result<nlohmann::json> update(const ResourceKind& kind, std::string_view name_space, std::string_view name,
                                const nlohmann::json& object, const std::stop_token& stop = {});
  /// Server-side apply with force as our field manager; `subresource` may be "status".
  Result<nlohmann::json> apply(const ResourceKind& kind, std::string_view name_space, std::string_view name,
                               const nlohmann::json& object, std::string_view subresource = {},
                               const std::stop_token& stop = {});
  /// RFC 6902: `test` operations make it conditional.
  Result<nlohmann::json> json_patch(const ResourceKind& kind, std::string_view name_space,
                                    std::string_view name, const nlohmann::json& operations,
                                    std::string_view subresource = {}, const std::stop_token& stop = {});
  /// RFC 7386.
  Result<nlohmann::json> merge_patch(const ResourceKind& kind, std::string_view name_space,
                                     std::string_view name, const nlohmann::json& patch,
                                     std::string_view subresource = {}, const std::stop_token& stop = {});
  /// Only the object with that uid when one is given; one that is gone already is no error.
  Result<void> remove(const ResourceKind& kind, std::string_view name_space, std::string_view name,
                      std::string_view uid = {}, const std::stop_token& stop = {});

  /// Waits between tries; replaced in tests. True: stopped.
  using Sleep = std::function<bool(std::chrono::milliseconds, const std::stop_token&)>;
  void set_sleep(Sleep sleep) { sleep_ = std::move(sleep); }

  [[nodiscard]] const std::string& field_manager() const { return field_manager_; }
  [[nodiscard]] HttpTransport& transport() { return transport_; }

 private:
  struct Call;
  Result<nlohmann::json> run(const Call& call, const std::stop_token& stop);

  HttpTransport& transport_;
  std::string field_manager_;
  Observer observer_;
  Sleep sleep_;
};

}  // namespace mkb::kube
