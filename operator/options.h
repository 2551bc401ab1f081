#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/log.h"

namespace mkb::operators {

/// The command line of mkb-operator.
struct Options {
  std::string kubeconfig;  ///< empty: in the cluster, else $KUBECONFIG or ~/.kube/config
  std::string name_space;  ///< to watch; empty: all
  std::string image = "mqttkafkabridge/mkb:" MKB_VERSION;
  std::string metrics = "0.0.0.0:8080";
  std::string health = "0.0.0.0:8081";
  std::string ports_file;
  int workers = 2;
  bool leader_elect = true;
  std::string lease_namespace;  ///< empty: the pod's own, else mkb-system
  std::string lease_name = "mkb-operator";
  std::string identity;  ///< host name and a random suffix
  std::chrono::milliseconds end_deadline{60'000};
  std::chrono::milliseconds shutdown_timeout{30'000};
  LogFormat log_format = LogFormat::kAuto;
  spdlog::level::level_enum log_level = spdlog::level::info;
};

/// nullopt: the process is to end with `exit_code` (after --help, --version or bad usage).
std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace mkb::operators
