#include "e2e/lab/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "e2e/lab/lab_error.h"
#include "e2e/lab/temp_dir.h"
#include "e2e/lab/wait.h"

namespace mkb::lab {
namespace {

// Only async-signal-safe calls: other threads may hold any lock at the moment of fork().
[[noreturn]] void become(char* const* argv, int output, int failure_pipe, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int input = ::open("/dev/null", O_RDONLY);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvp(argv[0], argv);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(failure_pipe, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

Process::Process(const std::vector<std::string>& argv, std::filesystem::path log) : log_(std::move(log)) {
  std::vector<char*> pointers;
  pointers.reserve(argv.size() + 1);
  for (const auto& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);

  const int output = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0) throw LabError("cannot write " + log_.string() + ": " + std::strerror(errno));
  std::array<int, 2> failure{};
  if (::pipe2(failure.data(), O_CLOEXEC) != 0) throw LabError("pipe: " + std::string(std::strerror(errno)));

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(pointers.data(), output, failure[1], parent);
  ::close(output);
  ::close(failure[1]);
  int error = pid_ < 0 ? errno : 0;
  if (pid_ > 0) [[maybe_unused]]
    const auto count = ::read(failure[0], &error, sizeof error);
  ::close(failure[0]);
  if (error != 0) {
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    throw LabError("cannot start " + argv.front() + ": " + std::strerror(error));
  }
}

Process::~Process() {
  kill();
}

bool Process::running() {
  return !wait(std::chrono::milliseconds(0));
}

void Process::signal(int number) {
  if (running()) ::kill(pid_, number);
}

bool Process::frozen() {
  if (!running()) return false;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    const auto stat = read_file(thread.path() / "stat");
    // The name before the state may hold anything, brackets too.
    const auto name_end = stat.rfind(") ");
    if (name_end == std::string::npos || stat[name_end + 2] != 'T') return false;
  }
  return true;
}

std::optional<ExitStatus> Process::wait(std::chrono::milliseconds timeout) {
  eventually(
      [this] {
        if (ended_) return true;
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
        ended_ = WIFEXITED(status) ? ExitStatus{WEXITSTATUS(status), 0} : ExitStatus{-1, WTERMSIG(status)};
        return true;
      },
      timeout);
  return ended_;
}

void Process::kill() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  wait(std::chrono::seconds(30));
}

long Process::resident_kib() {
  if (!running()) return 0;
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::strtol(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

Output run(const std::vector<std::string>& argv, std::chrono::milliseconds timeout) {
  const TempDir dir("run");
  Process process(argv, dir.path() / "output");
  const auto status = process.wait(timeout);
  if (!status) throw LabError(argv.front() + " did not end in time");
  return {*status, read_file(process.log())};
}

std::string read_file(const std::filesystem::path& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) throw LabError("cannot write " + path.string());
}

}  // namespace mkb::lab
