#include "base/log.h"

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>

namespace mkb {
namespace {

// The default logger is synchronous, so formatters run on the thread that logs.
thread_local LogFields scope_fields;

/// What the scopes add to a line for people: ` key=value`.
class ScopeFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg&, const std::tm&, spdlog::memory_buf_t& dest) override {
    for (const auto& [key, value] : scope_fields) {
      for (const std::string_view part :
           {std::string_view(" "), std::string_view(key), std::string_view("="), std::string_view(value)}) {
        dest.append(part.data(), part.data() + part.size());
      }
    }
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<ScopeFlag>();
  }
};

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& dest) override {
    const auto since_epoch = msg.time.time_since_epoch();
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
    const auto seconds = static_cast<std::time_t>(millis / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char time[40];
    const std::size_t length = std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(time + length, sizeof time - length, ".%03dZ", static_cast<int>(millis % 1000));
    const auto level = spdlog::level::to_string_view(msg.level);
    const std::string line = json_log_line(time, {level.data(), level.size()},
                                           {msg.payload.data(), msg.payload.size()}, scope_fields);
    dest.append(line.data(), line.data() + line.size());
    dest.push_back('\n');
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

}  // namespace

LogScope::LogScope(std::string key, std::string value) {
  scope_fields.emplace_back(std::move(key), std::move(value));
}

LogScope::~LogScope() {
  scope_fields.pop_back();
}

std::string json_log_line(std::string_view time, std::string_view level, std::string_view message,
                          const LogFields& fields) {
  nlohmann::ordered_json line;
  line["time"] = time;
  line["level"] = level;
  line["message"] = message;
  for (const auto& [key, value] : fields) {
    line[key] = value;
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void init_logging(LogFormat format, spdlog::level::level_enum level) {
  auto logger = spdlog::stderr_logger_mt("mkb");
  if (format == LogFormat::kAuto) {
    format = isatty(STDERR_FILENO) != 0 ? LogFormat::kText : LogFormat::kJson;
  }
  if (format == LogFormat::kJson) {
    logger->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<ScopeFlag>('*').set_pattern("%H:%M:%S.%e %^%-7l%$ %v%*");
    logger->set_formatter(std::move(formatter));
  }
  logger->set_level(level);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace mkb
