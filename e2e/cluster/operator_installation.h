#pragma once

#include <string>

#include "e2e/cluster/cluster_handle.h"

namespace mkb::e2e {

/// The operator in a cluster, as manifests/ install it. Throws LabError when something does not get ready.
class OperatorInstallation {
 public:
  static constexpr const char* kNamespace = "mkb-system";
  static constexpr const char* kManifests = "manifests/overlays/cluster-wide";

  explicit OperatorInstallation(const ClusterHandle& cluster) : cluster_(cluster) {}

  /// Applies the manifests, found below `source`; returns what kubectl said.
  std::string apply(const std::string& source) const;
  /// Waits until it has `replicas` pods, all ready, and no others.
  void wait(int replicas) const;
  void scale(int replicas) const;

 private:
  const ClusterHandle& cluster_;
};

}  // namespace mkb::e2e
