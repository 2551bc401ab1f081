#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/lab/kube_server.h"
#include "e2e/lab/temp_dir.h"

namespace mkb::e2e {

/// One API server for the test program, with the resource's definition installed from crds/. Tests share it:
/// each names its objects after itself. Logs are kept when a test failed.
class CrdFixture : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

  static lab::KubeServer& server();
  /// What kubectl printed, whatever became of it.
  static std::string kubectl(const std::vector<std::string>& arguments, const std::string& input = {});

  /// What the server says to each document, in their order: empty when it would take it. Nothing is stored.
  static std::vector<std::string> refusals(const std::vector<nlohmann::json>& documents);

  /// A valid bridge with routes in both directions.
  static nlohmann::json sample(const std::string& name);
};

/// A file of the repository.
std::string repository_file(const std::string& path);

}  // namespace mkb::e2e
