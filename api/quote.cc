#include "api/quote.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace mkb::api {
namespace {

constexpr std::size_t kLongest = 80;

void append_escape(std::string& out, unsigned char byte) {
  static constexpr std::array<char, 17> kDigits = {"0123456789abcdef"};
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  std::uint32_t value = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    value = first & 0x1FU;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    value = first & 0x0FU;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    value = first & 0x07U;
  } else {
    return 0;
  }
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return overlong || surrogate || value > 0x10FFFF ? 0 : length;
}

std::string in_quotes(std::string_view text) {
  return '"' + escaped(text) + '"';
}

std::string escaped(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    const std::size_t length = utf8_sequence_length(rest);
    if (at + std::max<std::size_t>(length, 1) > kLongest) {
      out += "...";
      break;
    }
    const auto byte = static_cast<unsigned char>(rest.front());
    const bool c1_control = length == 2 && byte == 0xC2 && static_cast<unsigned char>(rest[1]) < 0xA0;
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += rest.front();
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (length == 0 || byte < 0x20 || byte == 0x7F) {
      append_escape(out, byte);
    } else if (c1_control) {
      append_escape(out, byte);
      append_escape(out, static_cast<unsigned char>(rest[1]));
    } else {
      out += rest.substr(0, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

}  // namespace mkb::api
