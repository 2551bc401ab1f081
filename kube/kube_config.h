#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mkb::kube {

enum class KubeConfigError {
  kUnreadable = 1,  ///< no such file, or no permission
  kInvalid,         ///< the message names file, line and field, and says what would be right
  kUnsupported,     ///< a way to log in that this client does not have
};

/// A certificate, key or token: the text itself, or a file that is read again because it may be rotated.
struct CredentialSource {
  std::string text;
  std::filesystem::path file;

  [[nodiscard]] bool empty() const { return text.empty() && file.empty(); }
  bool operator==(const CredentialSource&) const = default;
};

/// How to reach an API server and as whom. Certificates and keys are PEM.
struct KubeConfig {
  std::string server;                  ///< `https://host:port`, perhaps with a path; no slash at its end
  std::string name_space = "default";  ///< of the context or the pod
  std::string tls_server_name;         ///< expected in the server's certificate instead of the host
  bool insecure_skip_tls_verify = false;
  CredentialSource ca;  ///< empty: the authorities of the system
  CredentialSource certificate;
  CredentialSource key;
  CredentialSource token;
};

/// Reads the current context of a kubeconfig (client-go's clientcmd/api/v1). `file` is for messages and for
/// paths in it, which are relative to its directory. Exec plugins, auth providers, basic auth, impersonation
/// and proxies are refused (kUnsupported) rather than ignored; fields of no use here are skipped. Pure; no
/// message quotes a credential.
Result<KubeConfig> parse_kube_config(std::string_view text, const std::filesystem::path& file);

/// The same, of a file.
Result<KubeConfig> load_kube_config(const std::filesystem::path& file);

inline constexpr std::string_view kServiceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Inside a pod, as client-go's rest.InClusterConfig: `host` and `port` are KUBERNETES_SERVICE_HOST and
/// KUBERNETES_SERVICE_PORT, `directory` has `token`, `ca.crt` and `namespace`.
Result<KubeConfig> in_cluster_config(std::string_view host, std::string_view port,
                                     const std::filesystem::path& directory = kServiceAccountDirectory);

/// The value of an environment variable.
using Environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> process_environment(const char* name);

/// Where controller-runtime looks, in its order: `file` when given, $KUBECONFIG (one file), the pod's service
/// account, ~/.kube/config.
Result<KubeConfig> find_kube_config(const std::filesystem::path& file = {},
                                    const Environment& environment = process_environment);

}  // namespace mkb::kube
