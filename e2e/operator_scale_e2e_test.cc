#include <iostream>

#include "e2e/operator_fixture.h"

// A thousand bridges: what they cost the operator.
namespace mkb::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int kBridges = 1000;

class OperatorScaleE2eTest : public OperatorFixture {
 protected:
  static double mib(long kib) { return static_cast<double>(kib) / 1024; }
  static double rounds(const lab::Operator& program) {
    double sum = 0;
    for (const auto& [name, value] : program.metrics()) {
      if (name.starts_with("controller_runtime_reconcile_total")) sum += value;
    }
    return sum;
  }
  static double value(const lab::Operator& program, const std::string& prefix) {
    for (const auto& [name, number] : program.metrics()) {
      if (name.starts_with(prefix)) return number;
    }
    return -1;
  }
};

TEST_F(OperatorScaleE2eTest, AThousandBridgesFitIntoFortyMegabytes) {
  auto program = leader("a");
  wait_for([&] { return program->health("/readyz") == 200; }, "readiness");
  const long empty = program->process().resident_kib();
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < kBridges; ++i) {
    json object = bridge("b-" + std::to_string(i));
    object["spec"]["replicas"] = 0;  // no pods: nobody could run thousands of them here
    const auto made = client_.create(kube::kBridges, name_space_, object);
    ASSERT_TRUE(made.ok()) << made.error().message();
  }
  const auto done = [&](const lab::Operator& each) {
    return value(each, "mkb_operator_bridges") == kBridges && value(each, "workqueue_depth{") == 0 &&
           value(each, "controller_runtime_active_workers") == 0;
  };
  wait_for(
      [&] { return status("b-" + std::to_string(kBridges - 1)).contains("conditions") && done(*program); },
      "all to be made", 300s);
  const std::chrono::duration<double> making = std::chrono::steady_clock::now() - begun;
  const long full = program->process().resident_kib();
  std::cout << kBridges << " bridges made in " << making.count() << " s with " << program->writes()
            << " writes; resident " << mib(empty) << " -> " << mib(full) << " MiB\n";
  EXPECT_LE(full - empty, 40 * 1024);

  // One that starts finds everything as it should be: rounds in which there is nothing to do.
  EXPECT_EQ(program->terminate().code, 0);
  program = leader("b");
  wait_for([&] { return rounds(*program) >= kBridges && done(*program); }, "a round for each", 120s);
  EXPECT_EQ(program->writes(), 0) << "nothing had changed";
  const double spent = value(*program, "controller_runtime_reconcile_time_seconds_sum");
  std::cout << rounds(*program) << " rounds without work, " << rounds(*program) / (spent / 2)
            << "/s on two workers; resident " << mib(program->process().resident_kib()) << " MiB\n";
}

}  // namespace
}  // namespace mkb::e2e
