#pragma once

#include <regex.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace mkb::api {

/// Why a text says no Kafka topics to read.
struct TopicPatternFault {
  std::string what;
  std::string hint;
};

/// Kafka topics to read: one by name, or those that a POSIX extended regular expression beginning with ^
/// matches, as librdkafka subscribes.
class TopicPattern {
 public:
  static constexpr std::size_t kMostBytes = 249;
  /// Repetitions are copies to regcomp(): nested ones in a short text could take all memory.
  static constexpr std::size_t kMostCopies = 1000;

  static std::variant<TopicPattern, TopicPatternFault> parse(const std::string& text);

  [[nodiscard]] bool is_regex() const { return regex_ != nullptr; }
  [[nodiscard]] bool matches(const std::string& topic) const;
  /// What every matching topic begins with; the whole name of one that is no regular expression.
  [[nodiscard]] const std::string& literal_start() const { return start_; }

 private:
  TopicPattern() = default;

  std::string start_;
  std::shared_ptr<const regex_t> regex_;
};

}  // namespace mkb::api
