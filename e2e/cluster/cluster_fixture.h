#pragma once

#include <gtest/gtest.h>

#include "e2e/cluster/drill.h"
#include "e2e/cluster/suite.h"

namespace mkb::e2e {

using namespace std::chrono_literals;

/// A test on the cluster; the program has one Suite, made by the first test.
class ClusterFixture : public testing::Test {
 protected:
  static Suite& suite();
  [[nodiscard]] static const ClusterHandle& cluster() { return suite().cluster(); }
  void TearDown() override;
};

}  // namespace mkb::e2e
