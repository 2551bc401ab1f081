#include "cli/api_access.h"

#include <chrono>
#include <utility>

#include "kube/api_status.h"
#include "kube/cpprest_transport.h"
#include "kube/kube_config.h"
#include "kube/list_page.h"
#include "kube/query.h"

namespace mkb::cli {
namespace {

constexpr const char* kPageLimit = "500";
constexpr std::chrono::seconds kPatience{10};

kube::ApiError error_of(int status) {
  switch (status) {
    case 401:
      return kube::ApiError::kUnauthorized;
    case 403:
      return kube::ApiError::kForbidden;
    case 404:
      return kube::ApiError::kNotFound;
    case 410:
      return kube::ApiError::kGone;
    case 429:
      return kube::ApiError::kTooManyRequests;
    default:
      return status >= 500 ? kube::ApiError::kServer : kube::ApiError::kBadAnswer;
  }
}

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace

Result<std::unique_ptr<ApiAccess>> ApiAccess::open(const ApiAccessOptions& options) {
  auto config = kube::find_kube_config(options.kubeconfig);
  if (!config) return config.error();
  std::string name_space = options.name_space.empty() ? config->name_space : options.name_space;
  if (options.all_namespaces) name_space.clear();
  return std::make_unique<ApiAccess>(
      std::make_unique<kube::CpprestTransport>(std::move(*config), system_clock()), std::move(name_space));
}

ApiAccess::ApiAccess(std::unique_ptr<kube::HttpTransport> transport, std::string name_space)
    : transport_(std::move(transport)), name_space_(std::move(name_space)), client_(*transport_, "mkbctl") {}

Result<std::vector<nlohmann::json>> ApiAccess::list(const kube::ResourceKind& kind, std::string_view labels) {
  const std::string what = "list " + std::string(kind.plural) +
                           (name_space_.empty() ? " of all namespaces" : " in " + name_space_);
  std::vector<nlohmann::json> objects;
  std::string next;
  do {
    kube::HttpRequest request;
    request.target = kube::Query(kind.collection(name_space_))
                         .add("limit", kPageLimit)
                         .add("labelSelector", labels)
                         .add("continue", next)
                         .target();
    request.timeout = kPatience;
    const auto answer = transport_->send(request, {});
    if (!answer) return answer.error().with_context(what);
    if (answer->status != 200) {
      return Error(error_of(answer->status),
                   what + ": " + kube::api_status(answer->status, answer->body).text());
    }
    auto page = kube::decode_list_page(answer->body, [&](nlohmann::json object) {
      // The items of a list do not say themselves what they are.
      object.emplace("apiVersion", kind.api_version());
      object.emplace("kind", kind.kind);
      objects.push_back(std::move(object));
    });
    if (!page) return page.error().with_context(what);
    next = page->continue_token;
  } while (!next.empty());
  return objects;
}

}  // namespace mkb::cli
