#include "e2e/lab/kube_programs.h"

#include <cstdlib>
#include <filesystem>

#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace {

constexpr const char* kVersion = "1.34.4";

std::filesystem::path directory() {
  if (const char* chosen = std::getenv("MKB_KUBE_BIN")) return chosen;
  const std::string kube = std::string("kube-") + kVersion;
  if (const char* cache = std::getenv("MKB_CACHE")) return std::filesystem::path(cache) / kube;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : ".") / ".cache" / "mkb" / kube;
}

}  // namespace

std::string kube_program(const std::string& name) {
  const auto program = directory() / name;
  if (!std::filesystem::exists(program)) {
    throw LabError(name + " is not in " + directory().string() + ": run ./mkb test e2e");
  }
  return program.string();
}

}  // namespace mkb::lab
