#pragma once

#include <memory>
#include <string>
#include <vector>

#include "e2e/cluster/cluster_handle.h"
#include "e2e/cluster/drill_report.h"
#include "e2e/cluster/operator_installation.h"
#include "e2e/cluster/test_servers.h"
#include "e2e/lab/temp_dir.h"

namespace mkb::e2e {

/// What all drills of a run share: the cluster, its operator as manifests/ installs it, an MQTT broker and
/// Kafka, a namespace with Pod Security `restricted`, and the table of what became of the messages.
class Suite {
 public:
  static constexpr const char* kNamespace = "mkb-e2e";
  static constexpr const char* kSource = MKB_SOURCE_DIR "/";

  /// Installs and starts what is not there yet; throws LabError when something does not get ready.
  Suite();
  ~Suite();
  Suite(const Suite&) = delete;
  Suite& operator=(const Suite&) = delete;

  [[nodiscard]] const ClusterHandle& cluster() const { return cluster_; }
  [[nodiscard]] const TestServers& servers() const { return *servers_; }

  [[nodiscard]] const OperatorInstallation& installed_operator() const { return operator_; }

  void enter(DrillReport report) { reports_.push_back(std::move(report)); }
  [[nodiscard]] const std::vector<DrillReport>& reports() const { return reports_; }
  /// The logs of everything are to be kept: something failed.
  void keep_logs() { dir_.keep(); }

 private:
  void wait_garbage_collector() const;

  ClusterHandle cluster_;
  OperatorInstallation operator_;
  lab::TempDir dir_;
  std::unique_ptr<TestServers> servers_;
  std::vector<DrillReport> reports_;
};

}  // namespace mkb::e2e
