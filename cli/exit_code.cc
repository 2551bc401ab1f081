#include "cli/exit_code.h"

#include <cstdio>

namespace mkb::cli {

int cannot(const Error& error) {
  std::fprintf(stderr, "mkbctl: %s\n", error.message().c_str());
  return kCannot;
}

}  // namespace mkb::cli
