#include "dataplane/admin/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <system_error>

namespace mkb::dataplane {
namespace {

// Positions among the fields behind the name; proc(5) counts from 1 and the name is number 2.
constexpr std::size_t field(std::size_t number_in_proc5) {
  return number_in_proc5 - 3;
}
constexpr std::size_t kUserTime = field(14);
constexpr std::size_t kSystemTime = field(15);
constexpr std::size_t kStartTime = field(22);
constexpr std::size_t kResidentPages = field(24);

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

/// Takes the first word off `text`; empty at the end.
std::string_view next_word(std::string_view& text) {
  constexpr std::string_view kSpace = " \n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  const std::string_view word = text.substr(begin, text.find_first_of(kSpace, begin) - begin);
  text.remove_prefix(begin + word.size());
  return word;
}

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

double boot_time_seconds() {
  std::ifstream file("/proc/stat");
  std::string key;
  while (file >> key) {
    if (double value = 0; key == "btime" && file >> value) {
      return value;
    }
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

ProcConstants read_constants() {
  ProcConstants constants;
  if (const long ticks = sysconf(_SC_CLK_TCK); ticks > 0) {
    constants.ticks_per_second = static_cast<std::uint64_t>(ticks);
  }
  if (const long bytes = sysconf(_SC_PAGESIZE); bytes > 0) {
    constants.page_bytes = static_cast<std::uint64_t>(bytes);
  }
  constants.boot_time_seconds = boot_time_seconds();
  return constants;
}

std::uint64_t count_open_fds() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // without the descriptor that reads the directory
}

}  // namespace

std::optional<ProcessStats> parse_proc_stat(std::string_view text, const ProcConstants& constants) {
  // The name is whatever the program chose, so only the last parenthesis surely ends it.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || constants.ticks_per_second == 0) {
    return std::nullopt;
  }
  text.remove_prefix(name_end + 1);
  std::array<std::string_view, kResidentPages + 1> words;
  for (std::string_view& word : words) {
    word = next_word(text);
  }
  const auto user = parse_number(words[kUserTime]);
  const auto system = parse_number(words[kSystemTime]);
  const auto start = parse_number(words[kStartTime]);
  const auto pages = parse_number(words[kResidentPages]);
  if (!user || !system || !start || !pages) {
    return std::nullopt;
  }
  const auto ticks = static_cast<double>(constants.ticks_per_second);
  ProcessStats stats;
  stats.cpu_seconds = (static_cast<double>(*user) + static_cast<double>(*system)) / ticks;
  stats.start_time_seconds = constants.boot_time_seconds + static_cast<double>(*start) / ticks;
  stats.resident_memory_bytes = *pages * constants.page_bytes;
  return stats;
}

ProcessStats read_process_stats() {
  static const ProcConstants constants = read_constants();
  ProcessStats stats = parse_proc_stat(read_file("/proc/self/stat"), constants).value_or(ProcessStats{});
  if (constants.boot_time_seconds == 0) {
    stats.start_time_seconds = 0;  // seconds since boot must not pass for a date in 1970
  }
  stats.open_fds = count_open_fds();
  if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    stats.max_fds = limit.rlim_cur;
  }
  return stats;
}

}  // namespace mkb::dataplane
