#include "api/template_field.h"

#include <algorithm>

#include "api/names.h"
#include "api/quote.h"

namespace mkb::api {
namespace {

using TemplateKind = TemplateSegment::Kind;

constexpr const char* kTopicCharacters = "Kafka allows a-z, A-Z, 0-9, ., _ and -";

std::size_t written_levels(const std::string& filter) {
  return static_cast<std::size_t>(std::count(filter.begin(), filter.end(), '/')) + 1;
}

bool any_depth(const std::string& filter) {
  return filter.ends_with('#');
}

std::string level_name(std::size_t level) {
  return "${topic[" + std::to_string(level) + "]}";
}

}  // namespace

std::optional<TemplateField> read_template(const Field& field) {
  const auto text = field.filled_text();
  if (!text) return std::nullopt;
  TemplateField read{field, *text, {}};
  if (const auto fault = split_template(*text, read.segments)) {
    field.problem(fault->what, fault->hint);
    return std::nullopt;
  }
  return read;
}

void check_topic_template(const TemplateField& read) {
  const bool literal = is_literal(read.segments);
  if (literal && is_kafka_topic(literal_text(read.segments))) return;
  std::size_t literal_bytes = 0;
  for (const TemplateSegment& segment : read.segments) {
    if (segment.kind != TemplateKind::kLiteral) continue;
    literal_bytes += segment.text.size();
    const auto wrong = std::find_if_not(segment.text.begin(), segment.text.end(), is_kafka_topic_character);
    if (wrong == segment.text.end()) continue;
    const std::string_view rest =
        std::string_view(segment.text).substr(static_cast<std::size_t>(wrong - segment.text.begin()));
    const std::size_t length = std::max<std::size_t>(utf8_sequence_length(rest), 1);
    read.field.problem("a Kafka topic name cannot hold " + in_quotes(rest.substr(0, length)),
                       kTopicCharacters);
    return;
  }
  if (literal_bytes > kMaxKafkaTopicName) {
    read.field.problem("a Kafka topic name cannot have " + std::to_string(literal_bytes) + " characters",
                       "write at most " + std::to_string(kMaxKafkaTopicName));
  } else if (literal) {
    read.field.problem(in_quotes(read.text) + " is no Kafka topic name", "write another name");
  }
}

void check_topic_levels(const TemplateField& read, const std::vector<std::string>& filters) {
  for (const TemplateSegment& segment : read.segments) {
    if (segment.kind != TemplateKind::kTopicLevel) continue;
    for (const std::string& filter : filters) {
      const std::size_t levels = written_levels(filter);
      if (any_depth(filter) || segment.level < levels) continue;
      const std::string last =
          levels == 1 ? "only " + level_name(0) : level_name(0) + " to " + level_name(levels - 1);
      read.field.problem(
          level_name(segment.level) + ": topics of the filter " + in_quotes(filter) + " have no such level",
          "levels count from 0; they have " + last);
      return;
    }
  }
}

void check_whole_topic(const TemplateField& read, const std::vector<std::string>& filters) {
  const bool whole =
      std::any_of(read.segments.begin(), read.segments.end(),
                  [](const TemplateSegment& segment) { return segment.kind == TemplateKind::kTopic; });
  if (!whole) return;
  for (const std::string& filter : filters) {
    // `a/#` also matches `a`.
    const std::size_t least = written_levels(filter) - (any_depth(filter) && filter.size() > 1 ? 1 : 0);
    if (least < 2) continue;
    read.field.problem("${topic}: topics of the filter " + in_quotes(filter) +
                           " hold \"/\", which a Kafka topic name cannot",
                       "use levels of it, as in ${topic[0]}.${topic[1]}");
    return;
  }
}

}  // namespace mkb::api
