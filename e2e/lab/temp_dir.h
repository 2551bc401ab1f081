#pragma once

#include <filesystem>
#include <string>

namespace mkb::lab {

/// A directory that is removed with its owner. When keep() was called first, its logs and configuration
/// files (not the servers' data) are copied to $MKB_E2E_LOGS/<name>, if that is set.
class TempDir {
 public:
  explicit TempDir(std::string name);
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  std::string name_;
  std::filesystem::path path_;
  bool kept_ = false;
};

}  // namespace mkb::lab
