#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mkb::lab {

/// How a process ended: exactly one of the two is meaningful.
struct ExitStatus {
  int code = -1;   ///< of exit(); -1 when a signal ended it
  int signal = 0;  ///< 0 when it exited by itself
};

/// A child process whose output goes to a file. It never outlives its owner: the destructor kills and reaps
/// it, and the kernel kills it when the thread that started it ends (so start one from a thread that lives
/// as long). It has a process group of its own: Ctrl-C in the terminal reaches only us.
class Process {
 public:
  /// Starts `argv` (argv[0] looked up in PATH), appending stdout and stderr to `log`. Throws LabError when
  /// it cannot be executed.
  Process(const std::vector<std::string>& argv, std::filesystem::path log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::filesystem::path& log() const { return log_; }
  /// False once it has ended (and been reaped).
  [[nodiscard]] bool running();
  /// Sends a signal to it; nothing happens when it has ended.
  void signal(int number);
  /// After SIGSTOP: each of its threads has really stopped.
  [[nodiscard]] bool frozen();
  /// Waits for its end; nothing when it still runs after `timeout`.
  std::optional<ExitStatus> wait(std::chrono::milliseconds timeout);
  /// SIGKILL, then reaps it.
  void kill();
  /// Resident memory in KiB, from /proc; 0 when it has ended.
  [[nodiscard]] long resident_kib();

 private:
  pid_t pid_ = -1;
  std::filesystem::path log_;
  std::optional<ExitStatus> ended_;
};

/// Runs `argv` to its end and returns its exit status and everything it printed; kills it and throws
/// LabError after `timeout`.
struct Output {
  ExitStatus status;
  std::string text;
};
Output run(const std::vector<std::string>& argv, std::chrono::milliseconds timeout);

/// The whole of a file; empty when there is none.
std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace mkb::lab
