#include "bench/process_cost.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace mkb::bench {
namespace {

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

ProcessCost ProcessCost::since(const ProcessCost& earlier) const {
  ProcessCost difference = *this;
  difference.total -= earlier.total;
  for (const auto& [name, seconds] : earlier.threads) {
    difference.threads[name] -= seconds;
  }
  return difference;
}

ProcessCost read_cost(pid_t process) {
  ProcessCost cost;
  const std::filesystem::path proc = "/proc/" + std::to_string(process);
  const std::string stat = first_line(proc / "stat");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) {
    return cost;
  }
  std::istringstream fields(stat.substr(name_end + 1));
  const std::vector<std::string> words(std::istream_iterator<std::string>(fields), {});
  // proc(5): utime is field 14 and stime 15; the first word here is field 3.
  cost.total =
      (std::stod(words.at(11)) + std::stod(words.at(12))) / static_cast<double>(sysconf(_SC_CLK_TCK));
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(proc / "task", gone)) {
    double nanoseconds = 0;
    std::istringstream(first_line(task.path() / "schedstat")) >> nanoseconds;
    cost.threads[first_line(task.path() / "comm")] += nanoseconds * 1e-9;
  }
  return cost;
}

}  // namespace mkb::bench
