#pragma once

#include <string_view>

#include "base/result.h"

namespace mkb::mqtt {

enum class TopicError {
  kInvalidName,    ///< not a topic name that can be published to
  kInvalidFilter,  ///< not a topic filter that can be subscribed to
};

/// A topic name: not empty [MQTT-4.7.3-1], valid UTF-8 without U+0000 [MQTT-4.7.3-2], at most 65535 bytes
/// [MQTT-4.7.3-3], no wildcards [MQTT-3.3.2-2]. Errors are of TopicError.
Result<void> validate_topic_name(std::string_view name);
/// The same as a phrase ("must not be empty [MQTT-4.7.3-1]"), nullptr when valid; allocates nothing.
const char* topic_name_problem(std::string_view name);
inline bool is_topic_name(std::string_view name) {
  return topic_name_problem(name) == nullptr;
}

/// A topic filter: as a name, but `#` may be its last level [MQTT-4.7.1-1] and `+` any whole level
/// [MQTT-4.7.1-2]. `$share/...` is taken as any other filter; see parse_subscription_filter.
Result<void> validate_topic_filter(std::string_view filter);
/// The same as a phrase, nullptr when valid; allocates nothing.
const char* topic_filter_problem(std::string_view filter);
inline bool is_topic_filter(std::string_view filter) {
  return topic_filter_problem(filter) == nullptr;
}

/// What a subscription asks for: views into the parsed text.
struct SubscriptionFilter {
  std::string_view share_name;  ///< empty: not shared
  std::string_view filter;      ///< what topics are compared with

  [[nodiscard]] bool shared() const { return !share_name.empty(); }
};

/// Splits `$share/ShareName/filter` and validates both parts [MQTT-4.8.2-1] [MQTT-4.8.2-2]; other text is
/// validated as a filter. MQTT 5; brokers that offer shared subscriptions to 3.1.1 clients use the same form.
Result<SubscriptionFilter> parse_subscription_filter(std::string_view text);

/// What is wrong with the text of an MQTT 5 subscription as a phrase, nullptr when valid.
const char* subscription_filter_problem(std::string_view text);

// The functions below take valid filters without `$share` and valid topic names; anything else gives some
// answer but no failure. A first level that starts with `$` is never matched by a wildcard [MQTT-4.7.2-1].

/// Whether a topic name belongs to a filter (4.7.1).
bool matches(std::string_view filter, std::string_view topic);
/// Whether some topic name belongs to both filters.
bool overlaps(std::string_view a, std::string_view b);
/// Whether every topic name of `b` belongs to `a`.
bool covers(std::string_view a, std::string_view b);

}  // namespace mkb::mqtt
