#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "e2e/lab/kube_server.h"
#include "e2e/lab/operator.h"
#include "e2e/lab/temp_dir.h"
#include "e2e/lab/wait.h"
#include "e2e/obedient_pods.h"
#include "kube/api_client.h"
#include "kube/cpprest_transport.h"

namespace mkb::e2e {

/// A real API server with the controller manager for the whole program, the CRD and RBAC of manifests/
/// applied by kubectl, and operators that log in as the service account of manifests/, with no more rights
/// than that has. Pods obey, see ObedientPods. Each test has a namespace, where Pod Security `restricted` is
/// enforced.
class OperatorFixture : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  OperatorFixture();
  ~OperatorFixture() override;

  static lab::KubeServer& kube();
  static lab::TempDir& dir();
  /// Of the operator's service account.
  static const std::filesystem::path& operator_kubeconfig();
  /// A program that has started and leads.
  std::unique_ptr<lab::Operator> leader(const std::string& name, std::vector<std::string> arguments = {});
  std::unique_ptr<lab::Operator> started(const std::string& name, std::vector<std::string> arguments = {});

  /// The resource of a bridge with 2 replicas and 4 shards with filters.
  [[nodiscard]] nlohmann::json bridge(const std::string& name = "fleet") const;
  void apply(const nlohmann::json& object);
  void patch_bridge(const nlohmann::json& merge, const std::string& name = "fleet");
  std::string kubectl(std::vector<std::string> arguments) const;
  /// Null when there is no such object.
  nlohmann::json get(const kube::ResourceKind& kind, const std::string& name) const;
  nlohmann::json status(const std::string& name = "fleet") const;
  std::string condition(const std::string& type, const std::string& member = "status",
                        const std::string& name = "fleet") const;
  void wait_ready(const std::string& name = "fleet", std::chrono::seconds timeout = std::chrono::seconds(60));
  void wait_for(const std::function<bool()>& what, const std::string& name,
                std::chrono::seconds timeout = std::chrono::seconds(60)) const;
  /// Every shard that the assignments give to a pod as its own; a shard owned twice fails the test.
  std::map<int, std::string> owners(const std::string& name = "fleet") const;
  std::vector<nlohmann::json> events(const std::string& reason) const;

  const SystemClock clock_;
  std::string name_space_;
  kube::CpprestTransport transport_;
  kube::ApiClient client_;
  ObedientPods pods_;

 private:
  struct Shared;
  static std::unique_ptr<Shared> shared;
};

}  // namespace mkb::e2e
