#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/template_text.h"

namespace mkb::api {

/// A cursor over the inside of one `${...}`; what both template grammars are made of. The first fault ends
/// the work.
class TemplateCursor {
 public:
  /// `offset` is where `inside` starts in the template.
  TemplateCursor(std::string_view inside, std::size_t offset) : rest_(inside), at_(offset) {}

  static TemplateFault fault(std::size_t offset, const std::string& what, std::string hint);

  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] std::size_t at() const { return at_; }

  std::string_view take(std::size_t count);
  /// Up to the next `.` or `[`.
  std::string_view take_name();
  /// `[n]` with n at most `most`.
  std::optional<TemplateFault> index(std::size_t most, std::size_t& value);
  /// The steps after `root`, until the end.
  std::optional<TemplateFault> path(const std::string& root, std::vector<PayloadStep>& steps);
  /// `.name`, to the end; `what` says whose name.
  std::optional<TemplateFault> name_after(const std::string& root, const std::string& what,
                                          std::string& name);
  std::optional<TemplateFault> end_of(std::string_view variable, const std::string& hint);

 private:
  std::string_view rest_;
  std::size_t at_;
};

/// Splits a template into literals, with `$$` already one `$`, and variables: `parse` fills the segment of a
/// variable from a cursor over its inside.
template <class Segment, class Parse>
std::optional<TemplateFault> split_segments(std::string_view text, std::vector<Segment>& segments,
                                            const Parse& parse) {
  segments.clear();
  const auto add_literal = [&segments](std::string_view literal, std::size_t offset) {
    if (segments.empty() || segments.back().kind != Segment::Kind::kLiteral) {
      segments.emplace_back().offset = offset;
    }
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
      return TemplateCursor::fault(dollar, "\"$\" starts no variable",
                                   "write $$ for a literal $, or ${name} for a variable");
    }
    const std::size_t inside = dollar + 2;
    const std::size_t close = text.find_first_of("{}", inside);
    if (close == std::string_view::npos || text[close] == '{') {
      return TemplateCursor::fault(dollar, "\"${\" without \"}\"",
                                   "close the variable with }, or write $${ for a literal ${");
    }
    Segment segment;
    segment.offset = dollar;
    TemplateCursor cursor(text.substr(inside, close - inside), inside);
    if (auto wrong = parse(cursor, segment)) return wrong;
    segments.push_back(std::move(segment));
    at = close + 1;
  }
  return std::nullopt;
}

}  // namespace mkb::api
