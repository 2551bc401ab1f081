#include "cli/input_text.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace mkb::cli {

std::string input_name(const std::string& path) {
  return path == "-" ? "<stdin>" : path;
}

Result<std::string> read_input(const std::string& path) {
  const auto unreadable = [&path](int number) {
    return Error(InputError::kUnreadable, input_name(path) + ": " + std::strerror(number));
  };
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(nullptr, std::fclose);
  std::FILE* file = stdin;
  if (path != "-") {
    opened.reset(std::fopen(path.c_str(), "re"));
    if (opened == nullptr) return unreadable(errno);
    file = opened.get();
  }
  std::string text;
  std::array<char, 65536> chunk{};
  for (std::size_t got = 0; (got = std::fread(chunk.data(), 1, chunk.size(), file)) > 0;) {
    text.append(chunk.data(), got);
  }
  if (std::ferror(file) != 0) return unreadable(errno);
  return text;
}

}  // namespace mkb::cli
