#include "api/topic_pattern.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "api/names.h"
#include "api/quote.h"
#include "base/digit.h"

namespace mkb::api {
namespace {

constexpr std::size_t kMany = 1'000'000;  // more copies than anybody asks for; products of it still fit

bool is_special(char c) {
  return std::string_view(".[]()$^*+?{}|\\").find(c) != std::string_view::npos;
}

// Walks a regular expression as regcomp() takes it. What is no regular expression is walked somehow.
class RegexShape {
 public:
  explicit RegexShape(std::string_view text) : rest_(text) { copies_ = branches(0).copies; }

  /// Characters and brackets after all repetitions are written out.
  [[nodiscard]] std::size_t copies() const { return copies_; }
  [[nodiscard]] bool refers_back() const { return refers_back_; }
  /// Something that can be empty is repeated.
  [[nodiscard]] bool repeats_nothing() const { return repeats_nothing_; }
  /// It has a | outside of parentheses.
  [[nodiscard]] bool alternatives() const { return alternatives_; }

 private:
  char take() {
    if (rest_.empty()) return '\0';
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  [[nodiscard]] bool next_is(char c) const { return rest_.starts_with(c); }

  struct Part {
    std::size_t copies = 1;
    bool nothing = false;  ///< it can match an empty text
  };

  // Up to the ) that ends it; outside of parentheses ) is a character.
  Part branches(std::size_t depth) {
    Part all{0, false};
    bool nothing = true;  // this branch
    while (!rest_.empty() && (depth == 0 || !next_is(')'))) {
      if (next_is('|')) {
        take();
        alternatives_ = alternatives_ || depth == 0;
        all.nothing = all.nothing || nothing;
        nothing = true;
        continue;
      }
      const Part part = repeated(atom(depth));
      all.copies = std::min(all.copies + part.copies, kMany);
      nothing = nothing && part.nothing;
    }
    all.nothing = all.nothing || nothing;
    return all;
  }

  Part atom(std::size_t depth) {
    const char c = take();
    if (c == '(') {
      const Part inside = branches(depth + 1);
      take();
      return {std::max<std::size_t>(inside.copies, 1), inside.nothing};
    }
    if (c == '[') bracket();
    if (c != '\\') return {1, c == '^' || c == '$'};
    const char escaped = take();
    refers_back_ = refers_back_ || is_digit(escaped);
    return {1, std::string_view("bB<>`'").find(escaped) != std::string_view::npos};
  }

  void bracket() {
    if (next_is('^')) take();
    if (next_is(']')) take();
    while (!rest_.empty()) {
      const char c = take();
      if (c == ']') return;
      if (c != '[' || !(next_is(':') || next_is('.') || next_is('='))) continue;
      const std::array<char, 2> close = {take(), ']'};
      const std::size_t end = rest_.find(std::string_view(close.data(), close.size()));
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + close.size());
    }
  }

  Part repeated(Part part) {
    while (next_is('*') || next_is('?') || next_is('+') || next_is('{')) {
      const char c = take();
      std::size_t least = 0;
      std::size_t copies = 1;
      if (c == '+') {
        least = 1;
        copies = 2;  // x+ is xx* to regcomp()
      } else if (c == '{') {
        copies = least = number();
        if (next_is(',')) {
          take();
          copies = std::max(least + 1, number());
        }
        if (next_is('}')) take();
      }
      repeats_nothing_ = repeats_nothing_ || (part.nothing && c != '?');
      part.copies = std::min(part.copies * std::max<std::size_t>(copies, 1), kMany);
      part.nothing = part.nothing || least == 0;
    }
    return part;
  }

  std::size_t number() {
    std::size_t value = 0;
    while (!rest_.empty() && is_digit(rest_.front())) {
      value = std::min<std::size_t>(value * 10 + static_cast<std::size_t>(take() - '0'), kMany);
    }
    return value;
  }

  std::string_view rest_;
  std::size_t copies_ = 0;
  bool refers_back_ = false;
  bool repeats_nothing_ = false;
  bool alternatives_ = false;
};

// What every text that matches begins with, or less.
std::string start_of(std::string_view regex) {
  std::string start;
  regex.remove_prefix(1);
  while (!regex.empty()) {
    char c = regex.front();
    regex.remove_prefix(1);
    if (c == '\\' && !regex.empty() && is_special(regex.front())) {
      c = regex.front();
      regex.remove_prefix(1);
    } else if (is_special(c)) {
      break;
    }
    const bool more = regex.starts_with('+');
    regex.remove_prefix(std::min(regex.find_first_not_of('+'), regex.size()));
    if (regex.starts_with('*') || regex.starts_with('?') || regex.starts_with('{')) break;
    start += c;
    if (more) break;
  }
  return start;
}

std::optional<TopicPatternFault> regex_fault(const std::string& text, const RegexShape& shape) {
  if (text.size() > TopicPattern::kMostBytes) {
    return TopicPatternFault{"a regular expression of " + std::to_string(text.size()) + " bytes",
                             "at most " + std::to_string(TopicPattern::kMostBytes) + " are supported"};
  }
  if (shape.refers_back()) {
    return TopicPatternFault{in_quotes(text) + " has a back-reference",
                             "write a POSIX extended regular expression; those have none"};
  }
  if (shape.copies() > TopicPattern::kMostCopies) {
    return TopicPatternFault{in_quotes(text) + " repeats too much",
                             "at most " + std::to_string(TopicPattern::kMostCopies) +
                                 " characters with all repetitions written out; * counts once"};
  }
  if (shape.repeats_nothing()) {
    return TopicPatternFault{in_quotes(text) + " repeats what can be empty",
                             "leave the outer repetition out, or make the inner one need a character"};
  }
  return std::nullopt;
}

}  // namespace

std::variant<TopicPattern, TopicPatternFault> TopicPattern::parse(const std::string& text) {
  TopicPattern pattern;
  if (!text.starts_with('^')) {
    if (!is_kafka_topic(text)) {
      return TopicPatternFault{in_quotes(text) + " is no Kafka topic name",
                               "write 1 to 249 of a-z, A-Z, 0-9, ., _ and -, or a regular expression that "
                               "begins with ^"};
    }
    pattern.start_ = text;
    return pattern;
  }
  const RegexShape shape(text);
  if (auto fault = regex_fault(text, shape)) return std::move(*fault);
  auto compiled = std::make_unique<regex_t>();
  if (const int error = ::regcomp(compiled.get(), text.c_str(), REG_EXTENDED | REG_NOSUB)) {
    std::array<char, 128> reason{};
    ::regerror(error, compiled.get(), reason.data(), reason.size());
    return TopicPatternFault{in_quotes(text) + " is no regular expression: " + reason.data(),
                             "write a POSIX extended one, such as ^fleet\\..*"};
  }
  pattern.regex_ = std::shared_ptr<const regex_t>(compiled.release(), [](const regex_t* regex) {
    std::unique_ptr<regex_t> owned(const_cast<regex_t*>(regex));
    ::regfree(owned.get());
  });
  if (!shape.alternatives()) pattern.start_ = start_of(text);
  return pattern;
}

bool TopicPattern::matches(const std::string& topic) const {
  if (!regex_) return topic == start_;
  return ::regexec(regex_.get(), topic.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace mkb::api
