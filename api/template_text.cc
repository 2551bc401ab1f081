#include "api/template_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "api/nearest_name.h"
#include "api/quote.h"

namespace mkb::api {
namespace {

using Kind = TemplateSegment::Kind;

constexpr std::array<std::string_view, 6> kVariables = {"topic",  "clientid", "qos",
                                                        "retain", "payload",  "userProperty"};
constexpr std::string_view kKnownForms =
    "known: ${topic}, ${topic[n]}, ${clientid}, ${qos}, ${retain}, ${payload}, ${payload.field}, "
    "${userProperty.name}";

bool ends_name(char c) {
  return c == '.' || c == '[';
}

bool forbidden_in_field(char c) {
  return c == ']' || c == '"' || c == '\'' || c == '$' || static_cast<unsigned char>(c) <= ' ';
}

// A cursor over one variable's inside; the first fault ends the work.
class VariableParser {
 public:
  VariableParser(std::string_view inside, std::size_t offset) : rest_(inside), at_(offset) {}

  std::optional<TemplateFault> parse(TemplateSegment& segment) {
    const std::size_t name_at = at_;
    const std::string_view name = take_name();
    if (name.empty()) return fault(name_at, "a variable needs a name", std::string(kKnownForms));
    if (name == "topic") return topic(segment);
    if (name == "clientid") return plain(segment, Kind::kClientId, name);
    if (name == "qos") return plain(segment, Kind::kQos, name);
    if (name == "retain") return plain(segment, Kind::kRetain, name);
    if (name == "payload") return payload(segment);
    if (name == "userProperty") return user_property(segment);
    return fault(name_at, "unknown variable " + in_quotes(name), suggest(name));
  }

  static TemplateFault fault(std::size_t offset, const std::string& what, std::string hint) {
    return {offset, "character " + std::to_string(offset + 1) + ": " + what, std::move(hint)};
  }

 private:
  static std::string suggest(std::string_view name) {
    const auto nearest = nearest_name(name, kVariables);
    if (!nearest) return std::string(kKnownForms);
    if (*nearest == "userProperty") return "did you mean ${userProperty.name}?";
    return "did you mean ${" + std::string(*nearest) + "}?";
  }

  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    at_ += taken.size();
    return taken;
  }

  std::string_view take_name() {
    const auto end = std::find_if(rest_.begin(), rest_.end(), ends_name);
    return take(static_cast<std::size_t>(end - rest_.begin()));
  }

  // "[n]" with n at most `most`.
  std::optional<TemplateFault> index(std::size_t most, std::size_t& value) {
    const std::size_t start = at_;
    const std::size_t close = rest_.find(']');
    if (close == std::string_view::npos) {
      return fault(start, "\"[\" without \"]\"", "write a number from 0 between brackets, as in [0]");
    }
    const std::string_view text = take(close + 1);
    const char* first = text.data() + 1;
    const char* last = text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(first, last, value);
    if (first == last || error != std::errc() || end != last || value > most) {
      return fault(start, in_quotes(text) + " is no index",
                   "write a number from 0 to " + std::to_string(most) + " between brackets, as in [0]");
    }
    return std::nullopt;
  }

  std::optional<TemplateFault> end_of(std::string_view variable, const std::string& hint) {
    if (rest_.empty()) return std::nullopt;
    return fault(at_, "unexpected " + in_quotes(rest_) + " after " + std::string(variable), hint);
  }

  std::optional<TemplateFault> plain(TemplateSegment& segment, Kind kind, std::string_view name) {
    segment.kind = kind;
    return end_of(name, "write ${" + std::string(name) + "}");
  }

  std::optional<TemplateFault> topic(TemplateSegment& segment) {
    segment.kind = Kind::kTopic;
    if (!rest_.empty() && rest_.front() == '[') {
      segment.kind = Kind::kTopicLevel;
      if (auto wrong = index(kMaxTemplateTopicLevel, segment.level)) return wrong;
    }
    return end_of("topic", "write ${topic}, or ${topic[n]} for its level n from 0");
  }

  std::optional<TemplateFault> payload(TemplateSegment& segment) {
    segment.kind = Kind::kPayload;
    while (!rest_.empty()) {
      const std::size_t start = at_;
      if (segment.path.size() == kMaxPayloadSteps) {
        return fault(start, "the path into the payload is too long",
                     "at most " + std::to_string(kMaxPayloadSteps) + " steps");
      }
      if (rest_.front() == '[') {
        std::size_t position = 0;
        if (auto wrong = index(kMaxPayloadIndex, position)) return wrong;
        segment.path.emplace_back(position);
        continue;
      }
      if (rest_.front() != '.') return end_of("payload", "write ${payload.field} or ${payload.list[0]}");
      take(1);
      const std::string_view field = take_name();
      if (field.empty() || std::any_of(field.begin(), field.end(), forbidden_in_field)) {
        return fault(start, in_quotes(field) + " is no field name",
                     "write ${payload.field}; names hold no white space, quotes, brackets or $");
      }
      segment.path.emplace_back(std::string(field));
    }
    return std::nullopt;
  }

  std::optional<TemplateFault> user_property(TemplateSegment& segment) {
    segment.kind = Kind::kUserProperty;
    if (rest_.size() < 2 || rest_.front() != '.') {
      return fault(at_, "userProperty needs the property's name", "write ${userProperty.name}");
    }
    take(1);
    segment.text = take(rest_.size());
    return std::nullopt;
  }

  std::string_view rest_;
  std::size_t at_;
};

}  // namespace

std::optional<TemplateFault> split_template(std::string_view text, std::vector<TemplateSegment>& segments) {
  segments.clear();
  const auto add_literal = [&segments](std::string_view literal, std::size_t offset) {
    if (segments.empty() || segments.back().kind != Kind::kLiteral) segments.emplace_back().offset = offset;
    segments.back().text += literal;
  };
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t dollar = std::min(text.find('$', at), text.size());
    if (dollar > at) add_literal(text.substr(at, dollar - at), at);
    if (dollar == text.size()) break;
    const char next = dollar + 1 < text.size() ? text[dollar + 1] : '\0';
    if (next == '$') {
      add_literal("$", dollar);
      at = dollar + 2;
      continue;
    }
    if (next != '{') {
      return VariableParser::fault(dollar, "\"$\" starts no variable",
                                   "write $$ for a literal $, or ${name} for a variable");
    }
    const std::size_t inside = dollar + 2;
    const std::size_t close = text.find_first_of("{}", inside);
    if (close == std::string_view::npos || text[close] == '{') {
      return VariableParser::fault(dollar, "\"${\" without \"}\"",
                                   "close the variable with }, or write $${ for a literal ${");
    }
    TemplateSegment segment;
    segment.offset = dollar;
    if (auto wrong = VariableParser(text.substr(inside, close - inside), inside).parse(segment)) return wrong;
    segments.push_back(std::move(segment));
    at = close + 1;
  }
  return std::nullopt;
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
                     [](const TemplateSegment& segment) { return segment.kind == Kind::kLiteral; });
}

std::string literal_text(const std::vector<TemplateSegment>& segments) {
  std::string text;
  for (const TemplateSegment& segment : segments) text += segment.text;
  return text;
}

}  // namespace mkb::api
