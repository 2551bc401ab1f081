#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace mkb::kube {

enum class TextFileError {
  kUnreadable = 1,  ///< the message is `path: reason`
  kTooLarge,        ///< more than kMostTextFileBytes
};

inline constexpr std::size_t kMostTextFileBytes = std::size_t{1} << 20U;

/// The whole of a small file, such as a certificate, a token or a kubeconfig.
Result<std::string> read_text_file(const std::filesystem::path& file);

}  // namespace mkb::kube
