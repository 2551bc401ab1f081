#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "e2e/lab/certificates.h"
#include "e2e/lab/process.h"
#include "e2e/lab/server.h"

namespace mkb::lab {

struct KubeUser {
  std::string name;
  std::string token;
  std::vector<std::string> groups;
};

struct KubeServerOptions {
  /// StatefulSets make pods (which nobody schedules), owners take what they own with them, service accounts
  /// get tokens, disruption budgets a status.
  bool controller_manager = false;
  /// Besides `admin`, who may do everything. What these may do is RBAC's business.
  std::vector<KubeUser> users;
};

/// A real Kubernetes API server with its etcd, and perhaps the controller manager, on free ports of
/// 127.0.0.1. Clients verify its certificate with certificates().ca. The programs come from $MKB_KUBE_BIN or
/// $MKB_CACHE/kube-<version> (`./mkb test e2e` builds them). Start it from a thread that lives as long.
class KubeServer {
 public:
  /// Logs are DIR/<name>-etcd.log, -api.log and -controllers.log; everything else is in DIR/<name>.
  explicit KubeServer(const std::filesystem::path& dir, const KubeServerOptions& options = {},
                      const std::string& name = "kube");
  ~KubeServer();
  KubeServer(const KubeServer&) = delete;
  KubeServer& operator=(const KubeServer&) = delete;

  /// Starts what does not run, in order, and waits until it is ready.
  void start();
  void stop();

  /// Each can be stopped, killed, frozen and started again by itself; its data and port stay.
  [[nodiscard]] Server& api();
  [[nodiscard]] Server& etcd();
  [[nodiscard]] Server& controller_manager();  ///< throws LabError when the options have none

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] const Certificates& certificates() const { return certificates_; }

  /// The administrator's, who logs in with a token.
  [[nodiscard]] const std::filesystem::path& kubeconfig() const { return kubeconfig_; }
  /// That of the user `bridge`, who logs in with a client certificate and has no rights.
  [[nodiscard]] const std::filesystem::path& certificate_kubeconfig() const {
    return certificate_kubeconfig_;
  }
  /// Writes <user>.kubeconfig for a bearer token and returns its path.
  std::filesystem::path write_kubeconfig(const std::string& user, const std::string& token,
                                         const std::string& name_space = "default") const;

  /// Runs kubectl as the administrator; `input` is its standard input. Returns what it printed; throws
  /// LabError with that when it fails.
  std::string kubectl(const std::vector<std::string>& arguments, const std::string& input = {}) const;
  /// The same, whatever its exit status, and as somebody else.
  Output try_kubectl(const std::vector<std::string>& arguments, const std::string& input,
                     const std::filesystem::path& kubeconfig) const;

  static constexpr const char* kAdminToken = "lab-admin-token";

 private:
  std::filesystem::path dir_;
  std::uint16_t port_;
  Certificates certificates_;
  std::filesystem::path kubeconfig_;
  std::filesystem::path certificate_kubeconfig_;
  std::unique_ptr<Server> etcd_;
  std::unique_ptr<Server> api_;
  std::unique_ptr<Server> controller_manager_;
};

}  // namespace mkb::lab
