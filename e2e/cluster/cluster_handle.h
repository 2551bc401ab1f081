#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "e2e/lab/process.h"
#include "kube/cpprest_transport.h"
#include "kube/resource_kind.h"

namespace mkb::e2e {

inline constexpr kube::ResourceKind kDeployments{"apps", "v1", "deployments", "Deployment"};

/// A cluster that somebody else made, named by $KUBECONFIG. What tests do to its nodes goes through the
/// script $MKB_CLUSTER (e2e/local/cluster, e2e/kind/cluster or one of your own with the same commands).
/// Throws LabError when a command fails.
class ClusterHandle {
 public:
  /// Throws LabError that says what to set when the environment names no cluster.
  ClusterHandle();

  /// Where pods reach a server of the test: $MKB_E2E_ADDRESS, otherwise what the script says.
  [[nodiscard]] const std::string& address() const { return address_; }

  /// Returns what it printed. `input` is its standard input.
  std::string kubectl(const std::vector<std::string>& arguments, const std::string& input = {}) const;
  lab::Output try_kubectl(const std::vector<std::string>& arguments, const std::string& input = {}) const;
  /// Server-side, unknown fields refused.
  void apply(const nlohmann::json& object) const;
  /// An object as JSON; null when there is none, or the API server is away. Costs little, so that waiting for
  /// something does not disturb what is measured; kubectl does it when only that can log in.
  [[nodiscard]] nlohmann::json get(const kube::ResourceKind& kind, const std::string& name,
                                   const std::string& name_space) const;

  /// A signal (KILL, STOP, CONT) for the first process of a pod's container.
  void signal(const std::string& name_space, const std::string& pod, const std::string& name) const;
  /// Stops and starts a part of the control plane: api, controllers, scheduler, etcd, kubelet.
  void stop(const std::string& part) const { script({"stop", part}); }
  void start(const std::string& part) const { script({"start", part}); }
  /// Gives the image of the data plane and operator a second name on the nodes.
  void tag_image(const std::string& from, const std::string& to) const { script({"tag", from, to}); }
  void save_logs(const std::string& directory) const { script({"logs", directory}); }

 private:
  std::string script(const std::vector<std::string>& arguments) const;

  std::string script_;
  std::string address_;
  SystemClock clock_;
  std::unique_ptr<kube::CpprestTransport> transport_;  ///< null: kubectl's configuration is not for us
};

}  // namespace mkb::e2e
