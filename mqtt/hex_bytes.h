#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mkb::mqtt {

/// Bytes for tests, written as in a specification: hexadecimal pairs and quoted text, spaces between:
/// `hex_bytes("10 02 'MQTT' 05")`.
inline std::string hex_bytes(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') {
      const std::size_t close = text.find('\'', i + 1);
      bytes += text.substr(i + 1, close - i - 1);
      i = close;
    } else if (text[i] != ' ') {
      bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
      ++i;
    }
  }
  return bytes;
}

}  // namespace mkb::mqtt
