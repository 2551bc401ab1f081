#include "api/template_text.h"

#include <algorithm>
#include <array>

#include "api/nearest_name.h"
#include "api/quote.h"
#include "api/template_cursor.h"

namespace mkb::api {
namespace {

using TemplateKind = TemplateSegment::Kind;

constexpr std::array<std::string_view, 6> kVariables = {"topic",  "clientid", "qos",
                                                        "retain", "payload",  "userProperty"};
constexpr std::string_view kKnownForms =
    "known: ${topic}, ${topic[n]}, ${clientid}, ${qos}, ${retain}, ${payload}, ${payload.field}, "
    "${userProperty.name}";

std::string suggest(std::string_view name) {
  const auto nearest = nearest_name(name, kVariables);
  if (!nearest) return std::string(kKnownForms);
  if (*nearest == "userProperty") return "did you mean ${userProperty.name}?";
  return "did you mean ${" + std::string(*nearest) + "}?";
}

std::optional<TemplateFault> plain(TemplateCursor& cursor, TemplateSegment& segment, TemplateKind kind,
                                   std::string_view name) {
  segment.kind = kind;
  return cursor.end_of(name, "write ${" + std::string(name) + "}");
}

std::optional<TemplateFault> topic(TemplateCursor& cursor, TemplateSegment& segment) {
  segment.kind = TemplateKind::kTopic;
  if (cursor.rest().starts_with('[')) {
    segment.kind = TemplateKind::kTopicLevel;
    if (auto wrong = cursor.index(kMaxTemplateTopicLevel, segment.level)) return wrong;
  }
  return cursor.end_of("topic", "write ${topic}, or ${topic[n]} for its level n from 0");
}

std::optional<TemplateFault> variable(TemplateCursor& cursor, TemplateSegment& segment) {
  const std::size_t name_at = cursor.at();
  const std::string_view name = cursor.take_name();
  if (name.empty()) {
    return TemplateCursor::fault(name_at, "a variable needs a name", std::string(kKnownForms));
  }
  if (name == "topic") return topic(cursor, segment);
  if (name == "clientid") return plain(cursor, segment, TemplateKind::kClientId, name);
  if (name == "qos") return plain(cursor, segment, TemplateKind::kQos, name);
  if (name == "retain") return plain(cursor, segment, TemplateKind::kRetain, name);
  if (name == "payload") {
    segment.kind = TemplateKind::kPayload;
    return cursor.path("payload", segment.path);
  }
  if (name == "userProperty") {
    segment.kind = TemplateKind::kUserProperty;
    return cursor.name_after("userProperty", "property", segment.text);
  }
  return TemplateCursor::fault(name_at, "unknown variable " + in_quotes(name), suggest(name));
}

}  // namespace

std::optional<TemplateFault> split_template(std::string_view text, std::vector<TemplateSegment>& segments) {
  return split_segments(text, segments, variable);
}

Result<std::vector<TemplateSegment>> parse_template(std::string_view text) {
  std::vector<TemplateSegment> segments;
  if (const auto fault = split_template(text, segments)) {
    return Error(TemplateError::kSyntax, fault->what + "; " + fault->hint);
  }
  return segments;
}

bool is_literal(const std::vector<TemplateSegment>& segments) {
  return std::all_of(segments.begin(), segments.end(),
                     [](const TemplateSegment& segment) { return segment.kind == TemplateKind::kLiteral; });
}

std::string literal_text(const std::vector<TemplateSegment>& segments) {
  std::string text;
  for (const TemplateSegment& segment : segments) text += segment.text;
  return text;
}

}  // namespace mkb::api
