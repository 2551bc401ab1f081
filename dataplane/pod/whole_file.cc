#include "dataplane/pod/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace mkb::dataplane {
namespace {

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return false;
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::optional<std::string> read_whole(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return std::nullopt;
  }
  std::string content(std::istreambuf_iterator<char>(stream), {});
  return stream.bad() ? std::nullopt : std::optional(std::move(content));
}

Result<void> write_whole(const std::filesystem::path& file, std::string_view content) {
  const std::string temporary = file.string() + ".new";
  const auto failed = [&file] {
    return Error(FileError::kCannotWrite, file.string() + " cannot be written: " + std::strerror(errno));
  };
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return failed();
  }
  const bool written = write_all(descriptor, content) && ::fsync(descriptor) == 0;
  const Error error = failed();
  ::close(descriptor);
  if (!written) {
    return error;
  }
  return ::rename(temporary.c_str(), file.c_str()) == 0 ? Result<void>() : failed();
}

}  // namespace mkb::dataplane
