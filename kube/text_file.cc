#include "kube/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mkb::kube {

// Not a std::ifstream: it would not tell why a file cannot be read, nor notice a directory.
Result<std::string> read_text_file(const std::filesystem::path& file) {
  const auto failed = [&file] {
    return Error(TextFileError::kUnreadable, file.string() + ": " + std::strerror(errno));
  };
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failed();
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t count = ::read(descriptor, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      auto error = failed();
      ::close(descriptor);
      return error;
    }
    if (count == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kMostTextFileBytes) {
      ::close(descriptor);
      return Error(TextFileError::kTooLarge, file.string() + ": is larger than 1 MiB");
    }
  }
  ::close(descriptor);
  return text;
}

}  // namespace mkb::kube
