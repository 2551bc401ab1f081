#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mkb {

using LogFields = std::vector<std::pair<std::string, std::string>>;

enum class LogFormat { kAuto, kText, kJson };

/// Sets up the process-wide logger, which writes to standard error; thread-safe afterwards. `kAuto` writes
/// text on a terminal and one JSON object per line elsewhere. Lines are written per state change, never per
/// message. Call once, before any thread starts.
void init_logging(LogFormat format, spdlog::level::level_enum level);

/// One log line as a JSON object: {"time":..,"level":..,"message":..}; control characters are escaped and
/// invalid UTF-8 is replaced, so that whatever a peer sent cannot break the line.
std::string json_log_line(std::string_view time, std::string_view level, std::string_view message,
                          const LogFields& fields = {});

/// While it lives, every line that its thread logs carries `key`: in JSON as a member, else at the line's
/// end. Scopes of one thread end in the reverse order of their beginnings.
class LogScope {
 public:
  LogScope(std::string key, std::string value);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;
};

}  // namespace mkb
