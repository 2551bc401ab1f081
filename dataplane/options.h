#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/log.h"

namespace mkb::dataplane {

/// The command line of mkb-dataplane.
struct Options {
  std::string config;
  /// In a pod: the Kubernetes API says what is owned, and there is no `config`.
  bool pod = false;
  std::string pod_name;
  std::string pod_namespace;
  std::string pod_uid;
  std::string kubeconfig;       ///< empty: where kube::find_kube_config() looks
  std::string assignment;       ///< file; empty: every shard is owned
  std::string record;           ///< file; empty: none
  std::string report;           ///< file; empty: none
  std::string state_directory;  ///< empty: nothing is kept
  std::string secrets_directory = "/etc/mkb/secrets";
  std::string admin = "127.0.0.1:9464";
  std::string admin_port_file;  ///< empty: none
  /// Of this process among those of the bridge, the same after a restart; the host's name is a pod's name.
  std::string instance;
  LogFormat log_format = LogFormat::kAuto;
  spdlog::level::level_enum log_level = spdlog::level::info;
  std::chrono::milliseconds drain_timeout{25'000};
  bool check_only = false;
};

/// Nothing when the process is to end now with `exit_code` (help, version, bad usage; text has been printed).
std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace mkb::dataplane
