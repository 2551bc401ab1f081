#include "e2e/lab/temp_dir.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "e2e/lab/lab_error.h"

namespace mkb::lab {
namespace fs = std::filesystem;

TempDir::TempDir(std::string name) : name_(std::move(name)) {
  std::replace(name_.begin(), name_.end(), '/', '-');  // of a parameterised test's name
  std::string pattern = (fs::temp_directory_path() / ("mkb-" + name_ + ".XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) throw LabError("cannot make a directory like " + pattern);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  const char* logs = std::getenv("MKB_E2E_LOGS");
  if (kept_ && logs != nullptr) {
    const fs::path target = fs::path(logs) / name_;
    fs::create_directories(target, ignored);
    for (const auto& entry : fs::directory_iterator(path_, ignored)) {
      const auto extension = entry.path().extension();
      if (entry.is_regular_file(ignored) && (extension == ".log" || extension == ".yaml" ||
                                             extension == ".conf" || extension == ".properties")) {
        fs::copy_file(entry.path(), target / entry.path().filename(), fs::copy_options::overwrite_existing,
                      ignored);
      }
    }
  }
  fs::remove_all(path_, ignored);
}

}  // namespace mkb::lab
