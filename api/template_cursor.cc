#include "api/template_cursor.h"

#include <charconv>

#include "api/quote.h"

namespace mkb::api {
namespace {

bool ends_name(char c) {
  return c == '.' || c == '[';
}

bool forbidden_in_field(char c) {
  return c == ']' || c == '"' || c == '\'' || c == '$' || static_cast<unsigned char>(c) <= ' ';
}

}  // namespace

TemplateFault TemplateCursor::fault(std::size_t offset, const std::string& what, std::string hint) {
  return {offset, "character " + std::to_string(offset + 1) + ": " + what, std::move(hint)};
}

std::string_view TemplateCursor::take(std::size_t count) {
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(taken.size());
  at_ += taken.size();
  return taken;
}

std::string_view TemplateCursor::take_name() {
  const auto end = std::find_if(rest_.begin(), rest_.end(), ends_name);
  return take(static_cast<std::size_t>(end - rest_.begin()));
}

std::optional<TemplateFault> TemplateCursor::index(std::size_t most, std::size_t& value) {
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

std::optional<TemplateFault> TemplateCursor::path(const std::string& root, std::vector<PayloadStep>& steps) {
  while (!rest_.empty()) {
    const std::size_t start = at_;
    if (steps.size() == kMaxPayloadSteps) {
      return fault(start, "the path into the " + root + " is too long",
                   "at most " + std::to_string(kMaxPayloadSteps) + " steps");
    }
    if (rest_.front() == '[') {
      std::size_t position = 0;
      if (auto wrong = index(kMaxPayloadIndex, position)) return wrong;
      steps.emplace_back(position);
      continue;
    }
    if (rest_.front() != '.') {
      std::string fix = "write ${" + root;
      fix.append(".field} or ${").append(root).append(".list[0]}");
      return end_of(root, fix);
    }
    take(1);
    const std::string_view field = take_name();
    if (field.empty() || std::any_of(field.begin(), field.end(), forbidden_in_field)) {
      return fault(start, in_quotes(field) + " is no field name",
                   "write ${" + root + ".field}; names hold no white space, quotes, brackets or $");
    }
    steps.emplace_back(std::string(field));
  }
  return std::nullopt;
}

std::optional<TemplateFault> TemplateCursor::name_after(const std::string& root, const std::string& what,
                                                        std::string& name) {
  if (rest_.size() < 2 || rest_.front() != '.') {
    return fault(at_, root + " needs the " + what + "'s name", "write ${" + root + ".name}");
  }
  take(1);
  name = take(rest_.size());
  return std::nullopt;
}

std::optional<TemplateFault> TemplateCursor::end_of(std::string_view variable, const std::string& hint) {
  if (rest_.empty()) return std::nullopt;
  return fault(at_, "unexpected " + in_quotes(rest_) + " after " + std::string(variable), hint);
}

}  // namespace mkb::api
