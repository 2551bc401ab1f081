#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "e2e/lab/process.h"

namespace mkb::lab {

/// What the lab's servers have in common: one process that can be stopped, killed, frozen and started again
/// in the same directory, on the same ports.
class Server {
 public:
  virtual ~Server() = default;

  /// Starts it and waits until it answers; throws LabError with the end of its log otherwise.
  void start();
  /// SIGTERM, and waits for its end.
  void stop();
  /// SIGKILL: no chance to write anything.
  void kill();
  /// SIGSTOP, and waits until it has stopped: its sockets stay open and silent.
  void freeze();
  /// SIGCONT.
  void thaw();
  [[nodiscard]] bool running() { return process_ && process_->running(); }
  [[nodiscard]] std::string log_text() const { return read_file(log()); }
  [[nodiscard]] std::filesystem::path log() const { return dir_ / (name_ + ".log"); }

 protected:
  Server(std::string name, std::filesystem::path dir) : name_(std::move(name)), dir_(std::move(dir)) {}

  virtual std::vector<std::string> command() = 0;
  virtual bool ready() = 0;
  [[nodiscard]] const std::filesystem::path& dir() const { return dir_; }

 private:
  std::string name_;
  std::filesystem::path dir_;
  std::unique_ptr<Process> process_;
};

}  // namespace mkb::lab
