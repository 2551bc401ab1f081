#pragma once

#include <string>

#include "base/result.h"

namespace mkb::cli {

enum class InputError {
  kUnreadable = 1,  ///< the message is `path: reason`
};

/// The whole of a file, or of the standard input for `-`.
Result<std::string> read_input(const std::string& path);

/// How messages call that input: `<stdin>` for `-`.
std::string input_name(const std::string& path);

}  // namespace mkb::cli
