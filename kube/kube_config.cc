#include "kube/kube_config.h"

#include <cstdlib>
#include <utility>

#include "kube/text_file.h"

namespace mkb::kube {
namespace {

std::string trimmed(std::string text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  text.resize(last == std::string::npos ? 0 : last + 1);
  return text;
}

}  // namespace

Result<KubeConfig> load_kube_config(const std::filesystem::path& file) {
  auto text = read_text_file(file);
  if (!text.ok()) return Error(KubeConfigError::kUnreadable, "kubeconfig " + text.error().message());
  return parse_kube_config(*text, file);
}

Result<KubeConfig> in_cluster_config(std::string_view host, std::string_view port,
                                     const std::filesystem::path& directory) {
  if (host.empty() || port.empty()) {
    return Error(KubeConfigError::kInvalid,
                 "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set");
  }
  KubeConfig config;
  const bool ipv6 = host.find(':') != std::string_view::npos;
  config.server =
      "https://" + (ipv6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::string(port);
  config.token.file = directory / "token";
  config.ca.file = directory / "ca.crt";
  for (const auto& file : {config.token.file, config.ca.file}) {
    const auto text = read_text_file(file);
    if (!text.ok()) {
      return Error(KubeConfigError::kUnreadable, "service account " + text.error().message() +
                                                     "; automountServiceAccountToken may be false");
    }
  }
  if (auto name_space = read_text_file(directory / "namespace"); name_space.ok()) {
    if (std::string name = trimmed(std::move(*name_space)); !name.empty()) {
      config.name_space = std::move(name);
    }
  }
  return config;
}

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

Result<KubeConfig> find_kube_config(const std::filesystem::path& file, const Environment& environment) {
  if (!file.empty()) return load_kube_config(file);
  if (const auto listed = environment("KUBECONFIG").value_or(""); !listed.empty()) {
    if (listed.find(':') != std::string::npos) {
      return Error(KubeConfigError::kUnsupported, "KUBECONFIG lists several files; name one: " + listed);
    }
    return load_kube_config(listed);
  }
  if (const auto host = environment("KUBERNETES_SERVICE_HOST").value_or(""); !host.empty()) {
    return in_cluster_config(host, environment("KUBERNETES_SERVICE_PORT").value_or(""));
  }
  const auto home = environment("HOME").value_or("");
  const auto usual = std::filesystem::path(home) / ".kube" / "config";
  std::error_code ignored;
  if (home.empty() || !std::filesystem::exists(usual, ignored)) {
    return Error(KubeConfigError::kUnreadable,
                 "no API server is named: give a kubeconfig file, set KUBECONFIG, or run in a pod");
  }
  return load_kube_config(usual);
}

}  // namespace mkb::kube
