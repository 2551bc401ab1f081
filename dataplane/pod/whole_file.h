#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mkb::dataplane {

enum class FileError { kCannotWrite = 1 };

/// The file's content; nothing when it cannot be read.
std::optional<std::string> read_whole(const std::filesystem::path& file);

/// Replaces the file in one step: who reads it sees the old or the new content, also after a crash.
Result<void> write_whole(const std::filesystem::path& file, std::string_view content);

}  // namespace mkb::dataplane
