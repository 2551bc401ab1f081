#include "api/record_template.h"

#include <algorithm>
#include <array>

#include "api/nearest_name.h"
#include "api/quote.h"
#include "api/template_cursor.h"

namespace mkb::api {
namespace {

using RecordKind = RecordSegment::Kind;

constexpr std::array<std::string_view, 7> kVariables = {"key",       "value",  "headers",  "topic",
                                                        "partition", "offset", "timestamp"};
constexpr std::string_view kKnownForms =
    "known: ${key}, ${value}, ${value.field}, ${headers.name}, ${topic}, ${partition}, ${offset}, "
    "${timestamp}";

// What the other direction's templates call it.
std::string_view other_name(std::string_view name) {
  if (name == "payload") return "value";
  if (name == "header" || name == "userProperty") return "headers";
  return "";
}

// `rest` is what follows the name: it belongs to what was meant.
std::string suggest(std::string_view name, std::string_view rest) {
  std::string_view meant = other_name(name);
  if (meant.empty()) meant = nearest_name(name, kVariables).value_or("");
  if (meant.empty()) return std::string(kKnownForms);
  std::string form(meant);
  if (meant == "value") form += escaped(rest);
  if (meant == "headers") form += rest.size() > 1 && rest.front() == '.' ? escaped(rest) : ".name";
  return "did you mean ${" + form + "}?";
}

std::optional<TemplateFault> plain(TemplateCursor& cursor, RecordSegment& segment, RecordKind kind,
                                   std::string_view name) {
  segment.kind = kind;
  return cursor.end_of(name, "write ${" + std::string(name) + "}");
}

std::optional<TemplateFault> variable(TemplateCursor& cursor, RecordSegment& segment) {
  const std::size_t name_at = cursor.at();
  const std::string_view name = cursor.take_name();
  if (name.empty()) {
    return TemplateCursor::fault(name_at, "a variable needs a name", std::string(kKnownForms));
  }
  if (name == "key") return plain(cursor, segment, RecordKind::kKey, name);
  if (name == "topic") return plain(cursor, segment, RecordKind::kTopic, name);
  if (name == "partition") return plain(cursor, segment, RecordKind::kPartition, name);
  if (name == "offset") return plain(cursor, segment, RecordKind::kOffset, name);
  if (name == "timestamp") return plain(cursor, segment, RecordKind::kTimestamp, name);
  if (name == "value") {
    segment.kind = RecordKind::kValue;
    return cursor.path("value", segment.path);
  }
  if (name == "headers") {
    segment.kind = RecordKind::kHeader;
    return cursor.name_after("headers", "header", segment.text);
  }
  return TemplateCursor::fault(name_at, "unknown variable " + in_quotes(name), suggest(name, cursor.rest()));
}

}  // namespace

std::optional<TemplateFault> split_record_template(std::string_view text,
                                                   std::vector<RecordSegment>& segments) {
  return split_segments(text, segments, variable);
}

Result<std::vector<RecordSegment>> parse_record_template(std::string_view text) {
  std::vector<RecordSegment> segments;
  if (const auto fault = split_record_template(text, segments)) {
    return Error(TemplateError::kSyntax, fault->what + "; " + fault->hint);
  }
  return segments;
}

bool is_literal(const std::vector<RecordSegment>& segments) {
  return std::all_of(segments.begin(), segments.end(),
                     [](const RecordSegment& segment) { return segment.kind == RecordKind::kLiteral; });
}

std::string literal_text(const std::vector<RecordSegment>& segments) {
  std::string text;
  for (const RecordSegment& segment : segments) text += segment.text;
  return text;
}

}  // namespace mkb::api
