#include "dataplane/admin/clean_text.h"

#include <nlohmann/json.hpp>

namespace mkb::dataplane {

std::string valid_utf8(std::string_view text) {
  // The JSON library decides what is UTF-8, so that /metrics and /status.json spell a name alike.
  using Json = nlohmann::json;
  const std::string encoded = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(encoded).get<std::string>();
}

std::string one_line(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string line;
  line.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    if (byte < 0x20 || byte == 0x7f) {
      line += ' ';
    } else if (byte == 0xc2 && static_cast<unsigned char>(valid[i + 1]) < 0xa0) {
      line += ' ';  // U+0080 to U+009F: valid UTF-8 has the second byte here
      ++i;
    } else {
      line += valid[i];
    }
  }
  return line;
}

}  // namespace mkb::dataplane
