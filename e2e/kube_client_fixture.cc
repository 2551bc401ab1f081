#include "e2e/kube_client_fixture.h"

#include <algorithm>
#include <stdexcept>

#include "e2e/lab/lab_error.h"

namespace mkb::e2e {

using nlohmann::json;

struct KubeClientFixture::Shared {
  lab::TempDir dir{"KubeClientE2eTest"};
  lab::KubeServer kube{dir.path(), {false, {{"joe", kJoesToken, {}}}}};
};

std::unique_ptr<KubeClientFixture::Shared> KubeClientFixture::shared;

void KubeClientFixture::SetUpTestSuite() {
  if (shared == nullptr) shared = std::make_unique<Shared>();
}

void KubeClientFixture::TearDownTestSuite() {
  shared.reset();
}

lab::KubeServer& KubeClientFixture::kube() {
  shared->kube.start();
  return shared->kube;
}

kube::KubeConfig KubeClientFixture::config() {
  auto config = kube::load_kube_config(kube().kubeconfig());
  if (!config.ok()) throw lab::LabError(config.error().message());
  return std::move(config).value();
}

kube::KubeConfig KubeClientFixture::anonymous() {
  auto config = KubeClientFixture::config();
  config.token = {};
  return config;
}

kube::KubeConfig KubeClientFixture::with_token(const std::string& token) {
  auto config = anonymous();
  config.token.text = token;
  return config;
}

KubeClientFixture::KubeClientFixture() : transport_(config(), clock_), client_(transport_, "mkb-test") {
  name_space_ = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::transform(name_space_.begin(), name_space_.end(), name_space_.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr kube::ResourceKind kNamespaces{"", "v1", "namespaces", "Namespace"};
  const auto made = client_.create(
      kNamespaces, "", {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name_space_}}}});
  if (!made.ok()) throw lab::LabError(made.error().message());
}

KubeClientFixture::~KubeClientFixture() {
  if (HasFailure()) shared->dir.keep();
}

json KubeClientFixture::config_map(const std::string& name, const std::string& value) const {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}, {"namespace", name_space_}, {"labels", {{"test", "yes"}}}}},
          {"data", {{"key", value}}}};
}

Result<json> KubeClientFixture::get_as(const kube::KubeConfig& config) const {
  kube::CpprestTransport transport(config, clock_);
  kube::ApiClient client(transport, "mkb-test");
  constexpr kube::ResourceKind kNamespaces{"", "v1", "namespaces", "Namespace"};
  return client.get(kNamespaces, "", name_space_);
}

kube::HttpRequest KubeClientFixture::list(const std::string& query) const {
  kube::HttpRequest request;
  request.target = kube::kConfigMaps.collection(name_space_) + "?labelSelector=test%3Dyes&" + query;
  return request;
}

}  // namespace mkb::e2e
