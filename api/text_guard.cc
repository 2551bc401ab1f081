#include "api/text_guard.h"

#include <string>

#include "api/quote.h"

namespace mkb::api {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// The parser keeps a token and a possible key for every open bracket of a line before it hands out the first.
constexpr int kMaxOpenBrackets = 500;

}  // namespace

std::string_view guarded_text(std::string_view text, Report& report) {
  if (text.size() > kMaxDocumentBytes) {
    report.problem({}, "", "the file has " + std::to_string(text.size()) + " bytes",
                   "at most " + std::to_string(kMaxDocumentBytes) + " are read");
    return {};
  }
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") {
    report.problem({}, "", "the file is UTF-16", "save it as UTF-8");
    return {};
  }
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());

  Position at{1, 1};
  int open = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_sequence_length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      report.problem(at, "", "the byte " + in_quotes(text.substr(i, 1)) + " is not UTF-8",
                     "save the file as UTF-8");
      return {};
    }
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
      report.problem(at, "", "control character " + in_quotes(text.substr(i, 1)),
                     "write it as an escape between double quotes");
      return {};
    }
    if (byte == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) {
      report.problem(at, "", "carriage return without line feed", "end lines with LF or CRLF");
      return {};
    }
    if (byte == '[' || byte == '{') ++open;
    if ((byte == ']' || byte == '}') && open > 0) --open;
    if (open > kMaxOpenBrackets) {
      report.problem(at, "", "more than " + std::to_string(kMaxOpenBrackets) + " brackets are open here", "");
      return {};
    }
    at.column += static_cast<int>(length);
    if (byte == '\n') at = {at.line + 1, 1};
    i += length;
  }
  return text;
}

int tab_indented_line(std::string_view text, int last_line) {
  int line = 1;
  bool indentation = true;
  for (const char c : text) {
    if (indentation && c == '\t') return line;
    if (c == '\n') {
      if (++line > last_line) return 0;
      indentation = true;
    } else if (c != ' ') {
      indentation = false;
    }
  }
  return 0;
}

}  // namespace mkb::api
