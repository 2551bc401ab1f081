#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "e2e/lab/kube_server.h"
#include "e2e/lab/temp_dir.h"
#include "kube/api_client.h"
#include "kube/cpprest_transport.h"

namespace mkb::e2e {

/// A real API server for the whole program, running at the start of each test, and a client of it that is the
/// administrator. Each test has a namespace of its own.
class KubeClientFixture : public testing::Test {
 protected:
  static constexpr const char* kJoesToken = "joes-token";  ///< a user without rights

  static void SetUpTestSuite();
  static void TearDownTestSuite();
  KubeClientFixture();
  ~KubeClientFixture() override;

  static lab::KubeServer& kube();
  static kube::KubeConfig config();
  /// The administrator's config, without its token.
  static kube::KubeConfig anonymous();
  static kube::KubeConfig with_token(const std::string& token);

  [[nodiscard]] const std::string& name_space() const { return name_space_; }
  kube::CpprestTransport& transport() { return transport_; }
  kube::ApiClient& client() { return client_; }
  [[nodiscard]] nlohmann::json config_map(const std::string& name, const std::string& value = "1") const;
  /// What a client with that config gets when it asks for the test's namespace.
  Result<nlohmann::json> get_as(const kube::KubeConfig& config) const;

  [[nodiscard]] kube::HttpRequest list(const std::string& query) const;

  const SystemClock clock_;

 private:
  struct Shared;
  static std::unique_ptr<Shared> shared;

  std::string name_space_;
  kube::CpprestTransport transport_;
  kube::ApiClient client_;
};

}  // namespace mkb::e2e
