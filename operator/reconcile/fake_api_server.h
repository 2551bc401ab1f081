#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kube/http_transport.h"
#include "kube/resource_kind.h"

namespace mkb::reconcile {

/// An API server in memory, for tests of reconciling: objects with uid, resourceVersion and generation,
/// status apart from the rest, server-side apply that removes what its manager no longer wants, JSON patch,
/// merge patch, delete with finalizers. What it does was compared with a real one by operator_e2e_test.
class FakeApiServer final : public kube::HttpTransport {
 public:
  Result<kube::HttpResponse> send(const kube::HttpRequest& request, const std::stop_token& stop) override;
  Result<kube::HttpResponse> stream(const kube::HttpRequest& request, const std::stop_token& stop,
                                    const OnBytes& on_bytes) override;

  /// Objects as `kubectl` would put, read and remove them: no request is counted.
  void put(const kube::ResourceKind& kind, nlohmann::json object);
  void put_status(const kube::ResourceKind& kind, const std::string& name, const nlohmann::json& status);
  [[nodiscard]] std::optional<nlohmann::json> get(const kube::ResourceKind& kind,
                                                  const std::string& name) const;
  void remove(const kube::ResourceKind& kind, const std::string& name);
  [[nodiscard]] std::vector<nlohmann::json> list(const kube::ResourceKind& kind) const;

  /// `PATCH statefulsets/mkb-fleet` and the like, without reads, since the last call.
  std::vector<std::string> take_writes();
  [[nodiscard]] int reads() const { return reads_; }

  std::set<std::string> forbidden;  ///< plurals whose requests are answered with 403
  std::set<std::string> failing;    ///< names of objects whose requests are answered with 500
  std::string deletion_time = "2026-01-01T00:00:00Z";  ///< of what is deleted from now on
  std::function<void(nlohmann::json&)> rewrite;        ///< what the server makes of each object
  bool down = false;                                   ///< no answer at all

  static constexpr const char* kNamespace = "prod";

 private:
  using Key = std::pair<std::string, std::string>;  // plural, name

  kube::HttpResponse answer(const kube::HttpRequest& request);
  kube::HttpResponse write(const kube::HttpRequest& request, const Key& key, const std::string& subresource);
  void store(const Key& key, nlohmann::json object);

  std::mutex mutex_;  ///< of send(): a round has several requests under way
  std::map<Key, nlohmann::json> objects_;
  std::map<std::string, nlohmann::json> applied_;  // by plural, name and subresource
  std::vector<std::string> writes_;
  int reads_ = 0;
  int version_ = 100;
};

}  // namespace mkb::reconcile
