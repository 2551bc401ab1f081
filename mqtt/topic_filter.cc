#include "mqtt/topic_filter.h"

#include <cstring>
#include <string>

#include "mqtt/protocol.h"
#include "mqtt/utf8.h"

namespace mkb::mqtt {
namespace {

constexpr std::string_view kSharePrefix = "$share/";
/// How much of a name or filter a message shows.
constexpr std::size_t kShownBytes = 200;

bool contains(std::string_view text, char character) {
  return !text.empty() && std::memchr(text.data(), character, text.size()) != nullptr;
}

Error invalid(TopicError code, const char* kind, std::string_view text, const char* problem) {
  std::string message = kind;
  message.append(" '").append(text.substr(0, kShownBytes));
  message.append(text.size() > kShownBytes ? "...' " : "' ").append(problem);
  return {code, std::move(message)};
}

/// What names and filters have in common (4.7.3).
const char* text_problem(std::string_view text) {
  if (text.empty()) {
    return "must not be empty [MQTT-4.7.3-1]";
  }
  if (text.size() > kMaxFieldBytes) {
    return "must not be longer than 65535 bytes [MQTT-4.7.3-3]";
  }
  return is_mqtt_utf8(text) ? nullptr : "must be UTF-8 without U+0000 [MQTT-4.7.3-2]";
}

/// Walks the levels of a name or filter. `level()` is meaningful until `done()`.
class Levels {
 public:
  explicit Levels(std::string_view text) : rest_(text) { cut(); }

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::string_view level() const { return level_; }
  [[nodiscard]] bool is(char wildcard) const { return !done_ && level_.size() == 1 && level_[0] == wildcard; }
  [[nodiscard]] bool starts_with_dollar() const { return !level_.empty() && level_[0] == '$'; }
  [[nodiscard]] bool last() const { return last_; }
  void next() {
    if (last_) {
      done_ = true;
      level_ = {};
    } else {
      cut();
    }
  }

 private:
  void cut() {
    const std::size_t slash = rest_.find('/');
    last_ = slash == std::string_view::npos;
    level_ = rest_.substr(0, slash);
    if (!last_) {
      rest_.remove_prefix(slash + 1);
    }
  }

  std::string_view rest_;
  std::string_view level_;
  bool last_ = false;
  bool done_ = false;
};

/// The same filter without `#` where it would match an empty topic, which is not one: every topic has a first
/// level, and one that starts with `/` has a second.
std::string_view spelled_out(std::string_view filter) {
  return filter == "#" ? "+/#" : filter == "/#" ? "/+/#" : filter;
}

struct ShareParts {
  SubscriptionFilter parts;
  const char* problem = nullptr;
};

ShareParts split_subscription(std::string_view text) {
  if (!text.starts_with(kSharePrefix)) {
    return {{{}, text}, topic_filter_problem(text)};
  }
  if (text.size() > kMaxFieldBytes) {
    return {{}, text_problem(text)};
  }
  const std::string_view rest = text.substr(kSharePrefix.size());
  const std::size_t slash = rest.find('/');
  const std::string_view name = rest.substr(0, slash);
  if (name.empty()) {
    return {{}, "must have a share name after $share/ [MQTT-4.8.2-1]"};
  }
  if (contains(name, '+') || contains(name, '#')) {
    return {{}, "must not have a wildcard in its share name [MQTT-4.8.2-2]"};
  }
  if (!is_mqtt_utf8(name)) {
    return {{}, text_problem(name)};
  }
  if (slash == std::string_view::npos || slash + 1 == rest.size()) {
    return {{}, "must have a topic filter after its share name [MQTT-4.8.2-2]"};
  }
  const std::string_view filter = rest.substr(slash + 1);
  return {{name, filter}, topic_filter_problem(filter)};
}

}  // namespace

const char* topic_name_problem(std::string_view name) {
  if (const char* problem = text_problem(name)) {
    return problem;
  }
  return contains(name, '+') || contains(name, '#') ? "must not have wildcards [MQTT-3.3.2-2]" : nullptr;
}

Result<void> validate_topic_name(std::string_view name) {
  if (const char* problem = topic_name_problem(name)) {
    return invalid(TopicError::kInvalidName, "topic name", name, problem);
  }
  return {};
}

const char* topic_filter_problem(std::string_view filter) {
  if (const char* problem = text_problem(filter)) {
    return problem;
  }
  for (Levels levels(filter); !levels.done(); levels.next()) {
    const std::string_view level = levels.level();
    if (contains(level, '#') && (level.size() != 1 || !levels.last())) {
      return level.size() != 1 ? "must have # alone in its level [MQTT-4.7.1-1]"
                               : "must not go on after # [MQTT-4.7.1-1]";
    }
    if (contains(level, '+') && level.size() != 1) {
      return "must have + alone in its level [MQTT-4.7.1-2]";
    }
  }
  return nullptr;
}

Result<void> validate_topic_filter(std::string_view filter) {
  if (const char* problem = topic_filter_problem(filter)) {
    return invalid(TopicError::kInvalidFilter, "topic filter", filter, problem);
  }
  return {};
}

const char* subscription_filter_problem(std::string_view text) {
  return split_subscription(text).problem;
}

Result<SubscriptionFilter> parse_subscription_filter(std::string_view text) {
  const ShareParts split = split_subscription(text);
  if (split.problem != nullptr) {
    return invalid(TopicError::kInvalidFilter, "topic filter", text, split.problem);
  }
  return split.parts;
}

bool matches(std::string_view filter, std::string_view topic) {
  Levels f(filter);
  Levels t(topic);
  if (t.starts_with_dollar() && (f.is('+') || f.is('#'))) {
    return false;
  }
  for (; !f.done() && !t.done(); f.next(), t.next()) {
    if (f.is('#')) {
      return true;
    }
    if (!f.is('+') && f.level() != t.level()) {
      return false;
    }
  }
  // `a/#` also matches `a` (4.7.1.2).
  return t.done() && (f.done() || f.is('#'));
}

bool overlaps(std::string_view a, std::string_view b) {
  Levels x(spelled_out(a));
  Levels y(spelled_out(b));
  if ((x.is('+') && y.starts_with_dollar()) || (y.is('+') && x.starts_with_dollar())) {
    return false;
  }
  for (; !x.done() && !y.done(); x.next(), y.next()) {
    if (x.is('#') || y.is('#')) {
      return true;
    }
    if (!x.is('+') && !y.is('+') && x.level() != y.level()) {
      return false;
    }
  }
  return (x.done() || x.is('#')) && (y.done() || y.is('#'));
}

bool covers(std::string_view a, std::string_view b) {
  Levels x(spelled_out(a));
  Levels y(spelled_out(b));
  if (x.is('+') && y.starts_with_dollar()) {
    return false;
  }
  for (; !x.done() && !y.done(); x.next(), y.next()) {
    if (x.is('#')) {
      return true;
    }
    if (y.is('#') || (!x.is('+') && x.level() != y.level())) {
      return false;
    }
  }
  return y.done() && (x.done() || x.is('#'));
}

}  // namespace mkb::mqtt
