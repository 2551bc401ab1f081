#include "api/topic_feed.h"

#include <algorithm>
#include <utility>

#include "mqtt/topic_filter.h"

namespace mkb::api {
namespace {

constexpr std::string_view kFreshLevel = "\xff";  // no UTF-8, so no filter has it
constexpr std::size_t kMostSteps = 1'000'000;     // of comparing one topic with one filter

bool may_hold_slashes(RecordSegment::Kind kind) {
  return kind == RecordSegment::Kind::kKey || kind == RecordSegment::Kind::kValue ||
         kind == RecordSegment::Kind::kHeader;
}

std::vector<std::string_view> levels_of(std::string_view filter) {
  std::vector<std::string_view> levels;
  while (true) {
    const std::size_t slash = filter.find('/');
    levels.push_back(filter.substr(0, slash));
    if (slash == std::string_view::npos) return levels;
    filter.remove_prefix(slash + 1);
  }
}

}  // namespace

KafkaTopicFeed::KafkaTopicFeed(std::string_view topic_template) {
  if (split_template(topic_template, segments_)) segments_.clear();
  if (is_literal(segments_)) literal_ = literal_text(segments_);
}

Feeds KafkaTopicFeed::feeds(const TopicPattern& read) const {
  if (segments_.empty()) return Feeds::kNever;
  if (!literal_.empty()) return read.matches(literal_) ? Feeds::kCertainly : Feeds::kNever;
  if (!read.is_regex()) return can_be(read.literal_start()) ? Feeds::kPossibly : Feeds::kNever;
  const bool starts = segments_.front().kind == TemplateSegment::Kind::kLiteral;
  const std::string_view start = starts ? std::string_view(segments_.front().text) : "";
  const std::string_view wanted = read.literal_start();
  const std::size_t common = std::min(start.size(), wanted.size());
  return start.substr(0, common) == wanted.substr(0, common) ? Feeds::kPossibly : Feeds::kNever;
}

// With any text of at least one character for each variable.
bool KafkaTopicFeed::can_be(std::string_view name) const {
  std::size_t at = 0;
  std::size_t least = 0;  // characters of the variables since the last literal
  for (const TemplateSegment& segment : segments_) {
    if (segment.kind != TemplateSegment::Kind::kLiteral) {
      ++least;
      continue;
    }
    const std::string& text = segment.text;
    if (least > 0 && &segment == &segments_.back()) {
      return name.size() >= at + least + text.size() && name.ends_with(text);
    }
    const std::size_t found = least == 0 ? at : name.find(text, at + least);
    if (found >= name.size() || !name.substr(found).starts_with(text)) return false;
    at = found + text.size();
    least = 0;
  }
  return least == 0 ? at == name.size() : name.size() >= at + least;
}

MqttTopicFeed::MqttTopicFeed(std::string_view topic_template) {
  std::vector<RecordSegment> segments;
  if (split_record_template(topic_template, segments) || segments.empty()) return;
  dollar_ = segments.front().text.starts_with('$') && segments.front().kind == RecordSegment::Kind::kLiteral;
  levels_.emplace_back();
  for (const RecordSegment& segment : segments) add(segment);
  for (const Level& level : levels_) {
    if (&level != &levels_.front()) {
      fresh_ += '/';
      wide_ += '/';
    }
    fresh_ += level.variable ? kFreshLevel : std::string_view(level.text);
    wide_ += level.variable ? "+" : level.text;
    deep_ = deep_ || level.deep;
  }
}

void MqttTopicFeed::add(const RecordSegment& segment) {
  if (segment.kind != RecordSegment::Kind::kLiteral) {
    levels_.back().variable = true;
    levels_.back().deep = levels_.back().deep || may_hold_slashes(segment.kind);
    return;
  }
  const std::vector<std::string_view> texts = levels_of(segment.text);
  levels_.back().text += texts.front();
  for (std::size_t i = 1; i < texts.size(); ++i) levels_.emplace_back().text = texts[i];
}

Feeds MqttTopicFeed::feeds(std::string_view filter) const {
  if (levels_.empty()) return Feeds::kNever;
  // [MQTT-4.7.2-1]
  const bool wild = filter.starts_with('+') || filter.starts_with('#');
  if (wild && dollar_) return Feeds::kNever;
  if (mqtt::matches(filter, fresh_)) return Feeds::kCertainly;
  return (deep_ ? can_match(filter) : mqtt::overlaps(filter, wide_)) ? Feeds::kPossibly : Feeds::kNever;
}

// Follows all ways at once: `here[i]` says that the levels so far can match the filter's first i.
bool MqttTopicFeed::can_match(std::string_view filter) const {
  const std::vector<std::string_view> wanted = levels_of(filter);
  const std::size_t count = wanted.size();
  if (count * levels_.size() > kMostSteps) return true;
  const bool endless = wanted.back() == "#";
  std::vector<bool> here(count + 1);
  here[0] = true;
  for (const Level& level : levels_) {
    std::vector<bool> next(count + 1);
    bool behind = false;  // some way leads to before level i
    for (std::size_t i = 0; i < count; ++i) {
      behind = behind || here[i];
      if (endless && i + 1 == count) {
        next[i] = next[i] || here[i] || (level.deep && behind);
      } else if (level.deep) {
        next[i + 1] = behind;
      } else {
        next[i + 1] = here[i] && (level.variable || wanted[i] == "+" || wanted[i] == level.text);
      }
    }
    here = std::move(next);
  }
  // `a/#` also matches `a` (4.7.1.2).
  return here[count] || (endless && here[count - 1]);
}

}  // namespace mkb::api
