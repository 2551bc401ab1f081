#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mkb::dataplane {

/// What the kernel says of this process; the source of the conventional process_* metrics.
struct ProcessStats {
  double cpu_seconds = 0;         ///< user and system, of all threads
  double start_time_seconds = 0;  ///< since 1970-01-01T00:00:00Z
  std::uint64_t resident_memory_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;  ///< the soft limit
};

/// The parts of /proc that do not change while the process lives.
struct ProcConstants {
  std::uint64_t ticks_per_second = 100;
  std::uint64_t page_bytes = 4096;
  double boot_time_seconds = 0;  ///< `btime` of /proc/stat
};

/// Reads the text of /proc/self/stat (proc(5)), whose second field may hold spaces and parentheses. Fills
/// everything but the descriptor counts; empty when the text is not in that form. Pure.
std::optional<ProcessStats> parse_proc_stat(std::string_view text, const ProcConstants& constants);

/// Reads /proc; a value that cannot be read stays 0. Thread-safe, takes some tens of microseconds.
ProcessStats read_process_stats();

}  // namespace mkb::dataplane
