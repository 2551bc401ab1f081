#include "e2e/cluster/cluster_fixture.h"

#include <cstdlib>
#include <iostream>
#include <memory>

namespace mkb::e2e {
namespace {

// Prints the table and stops the servers when all tests have run.
class SuiteEnvironment final : public testing::Environment {
 public:
  inline static std::unique_ptr<Suite> suite;
  void TearDown() override {
    if (suite && !suite->reports().empty()) {
      std::cout << "\nMessages under load, acknowledged to their publishers against records in Kafka:\n\n"
                << to_table(suite->reports()) << std::flush;
    }
    suite.reset();
  }
};

const auto* const environment = testing::AddGlobalTestEnvironment(new SuiteEnvironment);

}  // namespace

Suite& ClusterFixture::suite() {
  if (!SuiteEnvironment::suite) SuiteEnvironment::suite = std::make_unique<Suite>();
  return *SuiteEnvironment::suite;
}

void ClusterFixture::TearDown() {
  if (!HasFailure() || !SuiteEnvironment::suite) return;
  SuiteEnvironment::suite->keep_logs();
  const char* logs = std::getenv("MKB_E2E_LOGS");
  if (logs == nullptr || std::getenv("MKB_CLUSTER") == nullptr) return;
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const std::string directory = std::string(logs) + "/" + info->test_suite_name() + "." + info->name();
  cluster().save_logs(directory);
  std::cout << "logs are in " << directory << "\n";
}

}  // namespace mkb::e2e
