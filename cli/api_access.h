#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kube/api_client.h"
#include "kube/http_transport.h"
#include "kube/resource_kind.h"

namespace mkb::cli {

struct ApiAccessOptions {
  std::filesystem::path kubeconfig;  ///< empty: where kube::find_kube_config() looks
  std::string name_space;            ///< empty: the kubeconfig's
  bool all_namespaces = false;
};

/// The API server of a kubeconfig, for reading.
class ApiAccess {
 public:
  /// Errors: KubeConfigError. Nothing is connected yet.
  static Result<std::unique_ptr<ApiAccess>> open(const ApiAccessOptions& options);

  /// For tests: another way to the server.
  ApiAccess(std::unique_ptr<kube::HttpTransport> transport, std::string name_space);

  [[nodiscard]] kube::ApiClient& client() { return client_; }
  /// Empty: all of them.
  [[nodiscard]] const std::string& name_space() const { return name_space_; }

  /// All objects of a kind in the namespace with these labels, page by page. Errors: kube::ApiError,
  /// TransportError, ListError.
  Result<std::vector<nlohmann::json>> list(const kube::ResourceKind& kind, std::string_view labels = {});

 private:
  std::unique_ptr<kube::HttpTransport> transport_;
  std::string name_space_;
  kube::ApiClient client_;
};

}  // namespace mkb::cli
