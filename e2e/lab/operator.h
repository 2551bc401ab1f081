#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "e2e/lab/process.h"

namespace mkb::lab {

/// The program under test, mkb-operator, found beside the running program or at $MKB_OPERATOR.
class Operator {
 public:
  Operator(const std::filesystem::path& dir, std::filesystem::path kubeconfig, std::string name = "operator",
           std::vector<std::string> arguments = {});

  /// Starts the process and waits until its ports are open.
  void start();
  /// SIGTERM, and how it ended; throws LabError when it has not within `timeout`.
  ExitStatus terminate(std::chrono::milliseconds timeout = std::chrono::seconds(40));
  [[nodiscard]] Process& process() { return *process_; }
  [[nodiscard]] bool running() { return process_ && process_->running(); }

  /// The value of every series of /metrics by its full name, labels included; empty without an answer.
  [[nodiscard]] std::map<std::string, double> metrics() const;
  [[nodiscard]] bool leads() const;
  /// Requests that change something, as the process counts them.
  [[nodiscard]] double writes() const;
  [[nodiscard]] int health(const std::string& path) const;
  [[nodiscard]] std::string log_text() const { return read_file(dir_ / (name_ + ".log")); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::filesystem::path dir_;
  std::filesystem::path kubeconfig_;
  std::string name_;
  std::vector<std::string> arguments_;
  std::unique_ptr<Process> process_;
  std::uint16_t metrics_port_ = 0;
  std::uint16_t health_port_ = 0;
};

}  // namespace mkb::lab
