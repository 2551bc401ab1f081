#pragma once

#include "base/error.h"

namespace mkb::cli {

/// How every command of mkbctl ends.
enum ExitCode : int {
  kOk = 0,
  kProblems = 1,  ///< what was looked at is not as it should be
  kCannot = 2,    ///< bad usage, or it could not be looked at
};

/// Says on stderr what could not be done, and why: kCannot.
int cannot(const Error& error);

}  // namespace mkb::cli
