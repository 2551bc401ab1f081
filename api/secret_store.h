#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "api/bridge_spec.h"
#include "base/result.h"

namespace mkb::api {

enum class SecretError {
  kBadName = 1,  ///< the name or key could lead out of the directory
  kMissing,      ///< no such Secret, or no such key in it
  kUnreadable,   ///< not a regular file, no permission, or an I/O error
  kEmpty,
  kTooLarge,  ///< more than a Kubernetes Secret can hold
};

/// Secrets in a directory, laid out as Kubernetes mounts them: `<directory>/<name>/<key>`. Files are read
/// anew each time, so a rotated Secret is seen at the next connection. Thread-safe. Contents never appear in
/// errors.
class SecretStore {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;

  explicit SecretStore(std::string directory) : directory_(std::move(directory)) {}

  /// The content of a key. Of `username` and `password` the newline that editors leave at the end is taken
  /// off. Errors are of SecretError and name the file and what its key is for. Blocks on the file system.
  [[nodiscard]] Result<std::string> read(const SecretRef& secret, std::string_view key) const;

  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
};

}  // namespace mkb::api
